// Zip archives of stored members, as torch.save writes them: read at any place, nothing inflated.
// Private to lib/hf.
#ifndef HF_ZIP_H
#define HF_ZIP_H

#include <stdint.h>

#include "mc/buf.h"
#include "mc/names.h"

struct mc_zip_member {
    char *name;
    uint64_t at, bytes; // where its data lie in the file
    uint32_t crc;       // of its data; 0: whoever wrote it left it out
    bool checked;
};

struct mc_zip {
    char *path;
    int fd;
    uint64_t size; // of the file
    struct mc_zip_member *member;
    int n;
    struct mc_names names;
};

// The file alone, of which nothing is read yet. *z is closed by the caller in any case.
int mc_zip_open(struct mc_zip *z, const char *path, struct mc_error *e) MC_MUST_USE;
// Its members. MC_ERR_INPUT: no such archive, or one that is cut; members that are compressed,
// encrypted, there twice, or larger in sum than the file. Nothing that the archive claims is
// allocated.
int mc_zip_list(struct mc_zip *z, struct mc_error *e) MC_MUST_USE;
// Number of the member of that name, or -1.
int mc_zip_find(const struct mc_zip *z, const char *name);
// n bytes of the file from `at`; the file may not have become shorter.
int mc_zip_read(const struct mc_zip *z, uint64_t at, void *to, uint64_t n,
                struct mc_error *e) MC_MUST_USE;
// Reads through a member once, in small pieces: MC_ERR_INPUT where its CRC is another.
int mc_zip_check(struct mc_zip *z, int i, struct mc_error *e) MC_MUST_USE;
void mc_zip_close(struct mc_zip *z);

#endif
