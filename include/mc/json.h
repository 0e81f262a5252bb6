// Reading JSON with jansson, without a wrong value where memory runs out, and without more memory
// than what is read deserves.
#ifndef MC_JSON_H
#define MC_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "mc/buf.h"
#include "mc/err.h"

// Values of a text, at most: a parsed value takes some hundred bytes, its text perhaps three.
enum {
    MC_JSON_FEW = 1 << 8,      // of a tensor's description
    MC_JSON_ROW = 1 << 16,     // of a row of data
    MC_JSON_CURVE = 1 << 16,   // of a curve, which may have a weight for every tensor
    MC_JSON_ADAPTER = 1 << 13, // of PEFT's config, whose patterns meet every name of a model
    MC_JSON_CONFIG = 1 << 19,  // of config.json, with the names of its outputs
    MC_JSON_LONG = 1 << 23,    // of a vocabulary, a list of shards
};

// As json_loadb; *out is NULL on failure. MC_ERR_MEM when memory ran out; MC_ERR_INPUT otherwise,
// with the line and what is wrong in *e, and jansson's account in *je. A text of more values than
// `most` is refused before it is parsed.
int mc_json_load(json_t **out, const char *text, size_t n, size_t flags, int64_t most,
                 json_error_t *je, struct mc_error *e) MC_MUST_USE;

// The members of an object, one by one: the key decoded, the value's text, which is cut by brackets
// and quotes alone and must be parsed. Keys may stand twice. MC_ERR_INPUT names the byte; what fn
// returns below 0 ends the walk and is returned.
typedef int mc_json_member_fn(void *ctx, const char *key, const char *value, size_t n,
                              struct mc_error *e);
int mc_json_members(const char *text, size_t n, mc_json_member_fn *fn, void *ctx,
                    struct mc_error *e) MC_MUST_USE;

#endif
