// Where an output's name leads. Private to lib/io.
#ifndef MC_IO_TARGET_H
#define MC_IO_TARGET_H

#include <stdbool.h>
#include <sys/stat.h>

#include "mc/err.h"

enum mc_target_kind {
    TARGET_FILE,       // regular, or not there yet
    TARGET_STRAIGHT,   // a fifo, a device: opened and written as it is
    TARGET_DESCRIPTOR, // one of the program's own open files: /dev/stdout, /proc/self/fd/3
};

struct mc_target {
    enum mc_target_kind kind;
    char *path;     // with symbolic links at its end followed
    int fd;         // TARGET_DESCRIPTOR
    bool there;     // *st says what
    struct stat st; // of what is there, else of the directory it will be in
};

// Errors: the name is too long, a part of it is no directory or may not be searched, symbolic links
// in a circle, a directory, a file or descriptor that may not be written.
int mc_target_find(struct mc_target *t, const char *path, struct mc_error *e) MC_MUST_USE;
void mc_target_release(struct mc_target *t);
// Whether both are, or will be, one file, by device and inode; /dev/null is nobody's.
bool mc_target_same(const struct mc_target *a, const struct mc_target *b);
// The part of a path behind its last slash.
const char *mc_target_base(const char *path);

#endif
