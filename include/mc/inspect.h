// Inspecting a stream: documents of any kind, read whole, digested and checked.
#ifndef MC_INSPECT_H
#define MC_INSPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "mc/stream.h"

struct mc_inspected {
    struct mc_doc doc;
    int64_t index;
    uint64_t elements; // of all tensors
    char digest[MC_DIGEST_TEXT];
};

// Reads the next document of r: header into *x, data (memory grows as they arrive), digest of
// contents. 1, or 0 at the end. check: MC_ERR_INPUT too where its tensors are not what its kind
// asks for, MC_ERR_NUM where a float is not finite. Errors name the file and the document. *x is
// zero before the first call and is released once, after the last.
int mc_inspect_next(struct mc_reader *r, struct mc_inspected *x, bool check,
                    struct mc_error *e) MC_MUST_USE;
void mc_inspected_release(struct mc_inspected *x);

#endif
