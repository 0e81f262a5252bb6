// A directory that is written whole or not at all: beside its place, and renamed to it.
#ifndef MC_FOLDER_H
#define MC_FOLDER_H

#include "mc/out.h"

enum { MC_FOLDER_PATH = 4096 };
struct mc_folder {
    const char *name; // as it was asked for, for messages; borrowed
    char *end;        // where the name leads
    char temp[MC_FOLDER_PATH];
    char **made; // paths of what stands in temp, folders before what is in them
    int n_made;
};

// For a directory that is written later: fails now where it could not be. MC_ERR_INPUT: it is there
// and not empty.
int mc_folder_may_write(const char *name, struct mc_error *e) MC_MUST_USE;
// Makes the directory beside its place; one that is there gives it its mode. After an error, too,
// mc_folder_abort may follow.
int mc_folder_begin(struct mc_folder *f, const char *name, struct mc_error *e) MC_MUST_USE;
// A folder in it; a file in it, or in such a folder ("folder/file"): open for writing, or written
// whole.
int mc_folder_add(struct mc_folder *f, const char *folder, struct mc_error *e) MC_MUST_USE;
int mc_folder_open(struct mc_folder *f, const char *file, struct mc_out *out,
                   struct mc_error *e) MC_MUST_USE;
int mc_folder_write(struct mc_folder *f, const char *file, const void *p, size_t n,
                    struct mc_error *e) MC_MUST_USE;
// Renames it to its place.
int mc_folder_commit(struct mc_folder *f, struct mc_error *e) MC_MUST_USE;
// Removes what was written, and harmless after a commit.
void mc_folder_abort(struct mc_folder *f);

#endif
