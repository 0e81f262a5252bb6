// What a stream holds: documents of any kind, read whole and checked.
#ifndef MC_INSPECT_H
#define MC_INSPECT_H

#include "mc/stream.h"

struct mc_inspected {
    struct mc_doc doc;
    int64_t index;
    uint64_t elements; // of all tensors
    char digest[MC_DIGEST_TEXT];
};

// The next document of r: header into *x, data read (memory grows as they arrive), digest of
// contents. 1, or 0 at the end. check: also that its tensors are what its kind asks for, and that
// all floats are finite.
int mc_inspect_next(struct mc_reader *r, struct mc_inspected *x, bool check,
                    struct mc_error *e) MC_MUST_USE;
void mc_inspected_release(struct mc_inspected *x);

#endif
