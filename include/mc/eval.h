// Evaluation: models and token sets to losses, metrics and per-example values.
#ifndef MC_EVAL_H
#define MC_EVAL_H

#include "mc/model.h"
#include "mc/out.h"
#include "mc/run.h"
#include "mc/tokens.h"

// A token set as one task of an evaluation.
struct mc_task {
    char *name; // unique
    struct mc_tokens tokens;
    int64_t *pick; // the examples that count, ascending, or NULL for all
    int64_t n;
    int32_t *label; // per example, as an output of the model bound last; NULL without labels
};

void mc_task_release(struct mc_task *t);
// DATA or TASK=DATA. The name is that given, else the set's, else the file's up to its first dot.
// n_examples > 0: the first of a fixed shuffle, so that smaller subsets lie in larger ones.
int mc_task_name(const char *operand, char **name, const char **path,
                 struct mc_error *e) MC_MUST_USE;
int mc_task_open(struct mc_task *t, const char *name, const char *path, int64_t n_examples,
                 struct mc_pool *pool, struct mc_error *e) MC_MUST_USE;

// Whether examples of a token set can go through a model: tokenizer, ids, types, lengths; the error
// names both sides and the line. set: the token file's name.
int mc_tokens_suit(const struct mc_tokens *t, const char *set, const struct mc_model *m,
                   struct mc_error *e) MC_MUST_USE;
// map[k] = the model's output for label k of the set, matched by name. Labels that the model has
// not are refused, and so are names against LABEL_0, LABEL_1, ...
int mc_labels_map(const struct mc_tokens *t, const char *set, const struct mc_model *m,
                  int32_t *map, struct mc_error *e) MC_MUST_USE;
// label[n_examples] of the set as outputs of the model; -1 where the set has none.
int mc_labels_apply(const struct mc_tokens *t, const char *set, const struct mc_model *m,
                    int32_t *label, struct mc_error *e) MC_MUST_USE;

// Values of one model on one task, in the order of the examples; arrays of n.
struct mc_scores {
    double *loss, *p_label;
    int32_t *predicted;
    int64_t n, room;
};
void mc_scores_release(struct mc_scores *s);

// A plan and a run for models of one shape, made again when the shape changes.
struct mc_evaluator {
    struct mc_pool *pool;
    enum mc_precision precision;
    struct mc_plan plan;
    struct mc_run *run;
    struct mc_table table;
};
void mc_evaluator_init(struct mc_evaluator *v, struct mc_pool *pool, enum mc_precision precision);
void mc_evaluator_release(struct mc_evaluator *v);
int mc_evaluate(struct mc_evaluator *v, const struct mc_model *m, struct mc_task *t,
                struct mc_scores *s, struct mc_error *e) MC_MUST_USE;

// The means of a row of the table: loss in nats; accuracy; F1 averaged over labels in gold or
// prediction (0/0 = 0); Matthews correlation (Gorodkin 2004), nan at a zero denominator. All nan
// without labels.
struct mc_metrics {
    double loss, accuracy, f1_macro, mcc;
};
int mc_metrics_of(const struct mc_scores *s, const struct mc_task *t, int n_labels,
                  struct mc_metrics *out, struct mc_error *e) MC_MUST_USE;

// Reads models ahead of their use, in a thread of its own.
struct mc_ahead;
struct mc_ahead *mc_ahead_new(struct mc_models *source, struct mc_error *e) MC_MUST_USE;
// 1 with *m, valid until the next call; 0 at the end.
int mc_ahead_next(struct mc_ahead *a, struct mc_model **m, struct mc_error *e) MC_MUST_USE;
void mc_ahead_free(struct mc_ahead *a);

#endif
