// Reading JSON with jansson, without a wrong value where memory runs out.
#ifndef MC_JSON_H
#define MC_JSON_H

#include <jansson.h>

#include "mc/err.h"

// As json_loadb; *out is NULL on failure. MC_ERR_MEM when memory ran out; MC_ERR_INPUT otherwise,
// with the line and what is wrong in *e, and jansson's account in *je.
int mc_json_load(json_t **out, const char *text, size_t n, size_t flags, json_error_t *je,
                 struct mc_error *e) MC_MUST_USE;

#endif
