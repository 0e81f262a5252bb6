// The models of streams and files: one after the other, each delta over its base, or the one that a
// file holds.
#ifndef MC_MODEL_STREAM_H
#define MC_MODEL_STREAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "mc/log.h"
#include "mc/model.h"

// A model that a stream has handed out, or a base, held.
struct mc_held_model {
    struct mc_model *m;
    char digest[MC_DIGEST_TEXT]; // or empty: not asked for yet
    bool may_be_base;            // deltas may stand over it
    bool to_the_end;             // it is held until the stream is released
};

// How a complete model is made of a delta that is refused, " (...)" behind the error, or "".
typedef const char *mc_whole_by_fn(const struct mc_doc *delta);

// Reads the model of a directory into *m, which is empty on failure; base: what a delta there stands over, or NULL.
typedef int mc_dir_model_fn(struct mc_model *m, const char *dir, struct mc_model *base,
                            const struct mc_log *log, struct mc_error *e);

// The models of several files, one after the other ("-" or no file: standard input). Documents of
// other roles than point are passed over, unless every_role is set, or `curves` and it is an
// endpoint or a control.
struct mc_models {
    char *const *path;
    int n_paths, at;
    struct mc_pool *pool;
    struct mc_reader *r;
    struct mc_doc doc;
    bool every_role, curves;    // set before the first call
    mc_whole_by_fn *whole_by;   // set before the first call: deltas are refused; or NULL
    mc_dir_model_fn *of_dir;    // set before the first call: a path may be a directory; or NULL
    const struct mc_log *log;   // for of_dir
    const atomic_bool *stop;    // as of mc_reader_open_until; set before the first call, or NULL
    int64_t index;              // of the model last read, counted over all files
    const char *base_path;      // of deltas whose base is not in the stream, or NULL
    struct mc_model *file_base; // the base there, held; set before the first call: it is not read
    struct mc_held_model *held; // [n_held], oldest first
    int n_held;
    bool kept_first;   // the first that may be a base is held to the end
    bool dropped_one;  // one that might have been a base is not held any more
    bool no_bases;     // mc_models_need_no_bases was called
    const char *dir;   // the next model is in this directory, not read yet
    bool pending;      // doc is the next model's, not read yet
    bool passed_curve; // an endpoint or a control was passed over
};
// The paths are borrowed; nothing is opened before the first call of mc_models_next.
void mc_models_init(struct mc_models *s, char *const *path, int n_paths, struct mc_pool *pool);
// 1 with the next model in *m, which the caller drops, 0 at the end. Errors name the file and the
// document. Until the stream is released nobody changes its models: a delta may stand over one. A
// delta's base is searched among documents of role `base`, bases that deltas had, and, points of a
// path (mc.t) aside, the first complete model and those that somebody held when the document before
// this was read; then in the file base_path. MC_ERR_INPUT: none of these; and what mc_model_read
// refuses.
int mc_models_next(struct mc_models *s, struct mc_model **m, struct mc_error *e) MC_MUST_USE;
// 1 if another model follows, whose metadata stand in s->doc (of a directory: none), 0 at the end:
// none of it is read yet.
int mc_models_peek(struct mc_models *s, struct mc_error *e) MC_MUST_USE;
// 1 where a model was passed over, 0 at the end.
int mc_models_skip(struct mc_models *s, struct mc_error *e) MC_MUST_USE;
// From here on no model is held as the base of later deltas.
void mc_models_need_no_bases(struct mc_models *s);
// For messages of streams without a model: " but a curve, ..." where one was passed over, else "".
const char *mc_models_advice(const struct mc_models *s);
// Closes the file at hand and drops every model that is held; models that were handed out stay
// their holders'.
void mc_models_release(struct mc_models *s);

// The one complete model of a file, with its digest, held for the caller, who drops it; of role
// `base` too. MC_ERR_INPUT: none, several, or a delta.
int mc_base_load(struct mc_model **base, const char *path, struct mc_pool *pool,
                 struct mc_error *e) MC_MUST_USE;
// Reads exactly one model from a file, held for the caller; more is MC_ERR_INPUT, but for the base
// before its delta. base: the file of a delta's base, or NULL.
int mc_model_load(struct mc_model **m, const char *path, const char *base, struct mc_pool *pool,
                  struct mc_error *e) MC_MUST_USE;
// The same, but that a delta is MC_ERR_INPUT, with what whole_by says of it.
int mc_whole_model_load(struct mc_model **m, const char *path, mc_whole_by_fn *whole_by,
                        struct mc_pool *pool, struct mc_error *e) MC_MUST_USE;
// As mc_model_load, of each of n files: m[n]. Deltas of one base share it.
int mc_models_load(struct mc_model **m, char *const *path, int n, const char *base,
                   struct mc_pool *pool, struct mc_error *e) MC_MUST_USE;

#endif
