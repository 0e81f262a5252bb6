// A pickle read as plain values: numbers, texts, tuples, dicts, and calls that are noted and never
// made. Nothing in it can run: a name that is not on the caller's list, and an opcode that tensors
// do not need, are refused. Private to lib/hf.
#ifndef HF_PICKLE_H
#define HF_PICKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mc/err.h"

enum mc_value_kind {
    MC_VALUE_NONE,
    MC_VALUE_BOOL,
    MC_VALUE_INT,
    MC_VALUE_TEXT,
    MC_VALUE_TUPLE,
    MC_VALUE_DICT,      // an OrderedDict too, whose attributes are dropped
    MC_VALUE_GLOBAL,    // a name of the caller's list
    MC_VALUE_CALL,      // of such a name with a tuple of arguments
    MC_VALUE_PERSISTENT // what stands outside of the pickle, by a value that identifies it
};

struct mc_value {
    enum mc_value_kind kind;
    uint32_t n;      // items of a tuple; keys and values of a dict
    uint32_t global; // GLOBAL, CALL: place in the list
    union {
        int64_t number;    // BOOL, INT
        const char *text;  // TEXT: text_bytes of it, within what was parsed
        uint32_t first[2]; // TUPLE, DICT: the first and the last of its items
        uint32_t of;       // CALL: its arguments; PERSISTENT: what identifies it
    };
    uint32_t text_bytes;
};

// What a GLOBAL may name; `called`: whether a REDUCE may be of it. The last has no module.
struct mc_pickle_global {
    const char *module, *name;
    bool called;
};

struct mc_pickle;
// Reads p[n], which is borrowed until the end, protocols 2 to 5. Memory is at most some 100 bytes
// for each of them, and nothing recurses. MC_ERR_INPUT: "byte N: what", or "GLOBAL 'MODULE NAME' is
// not a tensor
// ...".
int mc_pickle_read(struct mc_pickle **out, const void *p, size_t n,
                   const struct mc_pickle_global *known, struct mc_error *e) MC_MUST_USE;
// The value that it ends with.
const struct mc_value *mc_pickle_root(const struct mc_pickle *k);
// Walks the items of a tuple or dict: *at = 0 before the first; NULL behind the last.
const struct mc_value *mc_pickle_next(const struct mc_pickle *k, const struct mc_value *v,
                                      uint32_t *at);
// The arguments of a call; what identifies a persistent one.
const struct mc_value *mc_pickle_of(const struct mc_pickle *k, const struct mc_value *v);
void mc_pickle_free(struct mc_pickle *k);

#endif
