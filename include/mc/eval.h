// Evaluation: models and token sets to losses, metrics and per-example values.
#ifndef MC_EVAL_H
#define MC_EVAL_H

#include "mc/buf.h"
#include "mc/corruption.h"
#include "mc/kept.h"
#include "mc/method.h"
#include "mc/model.h"
#include "mc/model_stream.h"
#include "mc/out.h"
#include "mc/run.h"
#include "mc/tokens.h"

struct mc_objective;

// A token set as one task of an evaluation, or a corpus, of whose sequences a block at a time is in
// memory.
struct mc_task {
    char *name; // unique
    struct mc_tokens tokens;
    int64_t *pick;  // the examples that count, ascending, or NULL for all
    int64_t n;      // examples that count and are in memory
    int32_t *label; // per example, as an output of the model bound last, or an index into the
                    // label names of a text-to-text set; NULL without labels
    char **piece;   // [tokens.n_pieces] of the vocabulary, to join what is written
    struct mc_corrupted *corrupted;  // of a corpus: the tokens chosen of its sequences, which are
                                     // the examples; else NULL
    struct mc_corpus_blocks *blocks; // of a corpus: where they come from
};

void mc_task_release(struct mc_task *t);
// Where, in the token set, the task's example i is; and its number for who reads a table.
static inline int64_t mc_task_example(const struct mc_task *t, int64_t i) {
    return t->pick ? t->pick[i] : i;
}
static inline int64_t mc_task_number(const struct mc_task *t, int64_t i) {
    return t->blocks ? t->tokens.lines[i] - 1 : mc_task_example(t, i);
}
// Whether its examples have what they should be: labels, numbers or answers.
static inline bool mc_task_has_gold(const struct mc_task *t) {
    return t->label || t->tokens.values || t->tokens.target_ids || t->corrupted;
}
// Its sequences, without labels, numbers or targets.
struct mc_batch mc_task_batch(const struct mc_task *t);
// Reads the set of a task. Its name is that given, else the set's, else the file's up to its first
// dot. Of a fixed shuffle of its examples number from..to - 1, so that smaller subsets lie in
// larger ones; to 0: to the last. The sequences of a corpus, corrupted as `how` says (about and
// spans follow from the corpus; NULL: a corpus is refused), are its examples. MC_ERR_INPUT: none
// are left.
int mc_task_open(struct mc_task *t, const char *name, const char *path,
                 const struct mc_corruption *how, int64_t from, int64_t to, struct mc_pool *pool,
                 struct mc_error *e) MC_MUST_USE;

// Tokens of a block of a corpus, about: what is in memory of it.
enum { MC_BLOCK_TOKENS = 1 << 20 };
// The part of mc_task_open that is for a corpus, with about `block` tokens in memory, but more than
// MC_GROUP_TOKENS. The pool must outlive the task.
int mc_task_read_corpus(struct mc_task *t, const char *path, const struct mc_corruption *how,
                        int64_t from, int64_t to, int64_t block, struct mc_pool *pool,
                        struct mc_error *e) MC_MUST_USE;
void mc_corpus_blocks_free(struct mc_task *t);
// The part of mc_task_match that is for a corpus: its sequences become masked ones or spans, as the
// model takes them.
int mc_corpus_task_match(struct mc_task *t, const struct mc_model *m,
                         struct mc_error *e) MC_MUST_USE;
// The first block of examples in memory, for a model; and then the next of those that the run has
// not evaluated: 1, or 0 where there are none. Of what is all in memory there is one block.
int mc_task_begin(struct mc_task *t, struct mc_error *e) MC_MUST_USE;
int mc_task_next(struct mc_task *t, struct mc_error *e) MC_MUST_USE;
// All examples of the task, in memory or not; and what those in memory are a part of, or NULL where
// they are all.
int64_t mc_task_count(const struct mc_task *t);
struct mc_whole *mc_task_whole(const struct mc_task *t);

// MC_ERR_INPUT unless the examples of a token set can go through a model for an objective: the kind
// of set, tokenizer, ids, types, lengths; the error names both sides and the line. set: its name
// for messages.
int mc_tokens_match(const struct mc_tokens *t, const char *set, const struct mc_objective *o,
                    const struct mc_model *m, struct mc_error *e) MC_MUST_USE;
// MC_ERR_INPUT, for objectives: a set of another kind than the model's; `model` calls that by what
// it is ("a classifier"), `maker` is the command that makes sets for it. A model without head.
int mc_tokens_refuse(const struct mc_tokens *t, const char *set, const char *model,
                     const char *maker, struct mc_error *e);
int mc_headless(struct mc_error *e);
// map[k] = the model's output for label k of the set, matched by name. MC_ERR_INPUT: a label that
// the model does not have; names where the model's are LABEL_0, LABEL_1, ...
int mc_labels_map(const struct mc_tokens *t, const char *set, const struct mc_model *m,
                  int32_t *map, struct mc_error *e) MC_MUST_USE;
// label[n_examples] of the set as outputs of the model; -1 where the set has none.
int mc_labels_apply(const struct mc_tokens *t, const char *set, const struct mc_model *m,
                    int32_t *label, struct mc_error *e) MC_MUST_USE;

// How a text-to-text model's answer is found: MC_DECODE_AUTO: by score where the set has labels.
enum mc_decode {
    MC_DECODE_AUTO,
    MC_DECODE_SCORE, // the label whose target has the largest summed log-probability
    MC_DECODE_GREEDY // token by token
};

// Sets the task's labels to outputs of the model, for an objective. MC_ERR_INPUT: the model cannot
// be evaluated on the task by it; MC_ERR_USAGE: nor with sequences of this length.
int mc_task_match(struct mc_task *t, const struct mc_objective *o, const struct mc_model *m,
                  struct mc_error *e) MC_MUST_USE;

// Values of one model on one task, in the order of the examples; arrays of n, nan where a value has
// no meaning.
struct mc_scores {
    double *loss, *p_label;
    double *exact_match, *token_f1; // of written text against the gold answers
    double *score;                  // the output of a regression head
    double *loss_cal;               // of mc_calibrate; or NULL
    int32_t *predicted;             // index into labels, or -1
    char *const *labels;            // of the model, or of a text-to-text set; borrowed
    int n_labels;
    int64_t n, cap;
    // logit[n, n_labels] of labels, of a head or the log-probabilities of the labels' targets,
    // whose softmax are the probabilities of labels; has_logits false: there are none
    double *logit;
    bool has_logits;
    int64_t cap_logits;
    double temperature, js_0; // of mc_calibrate, of mc_first_point_compare; else nan
    // what a text-to-text model wrote: tokens ids[i * max_new + k], k < len[i], up to the end
    // token; texts one after the other, each with a NUL; max_new 0: nothing
    int max_new;
    int64_t cap_ids;
    int32_t *ids;
    int *len;
    struct mc_buf text;
};
void mc_scores_release(struct mc_scores *s);
// Place for n examples, all values nan or -1; for objectives, place for s->n logits of n_labels
// labels each.
int mc_scores_reserve(struct mc_scores *s, int64_t n, struct mc_error *e) MC_MUST_USE;
int mc_scores_reserve_logits(struct mc_scores *s, int n_labels, struct mc_error *e) MC_MUST_USE;

// A plan and a run for models of one shape, made again when the shape changes.
struct mc_evaluator {
    struct mc_pool *pool;
    enum mc_precision precision;
    enum mc_decode decode;
    int max_new; // tokens written at most
    struct mc_plan plan;
    struct mc_run *run;
    struct mc_table table; // what the plan was made for: tensors, configuration
    struct mc_buf config;
    struct mc_method method;     // ... and method
    const struct mc_readout *at; // where the plan reads the network
    bool decodes;                // ... and whether it can write text
    struct mc_kept *kept; // set by the caller, who calls mc_kept_next before every model; or NULL
};
void mc_evaluator_init(struct mc_evaluator *v, struct mc_pool *pool, enum mc_precision precision);
void mc_evaluator_release(struct mc_evaluator *v);
// Makes plan and run fit this model, read at `at`, and binds its weights; decodes: the run can also
// write text. MC_ERR_INPUT: a model without a network that can be read there.
int mc_evaluator_prepare(struct mc_evaluator *v, const struct mc_model *m,
                         const struct mc_readout *at, bool decodes, struct mc_error *e) MC_MUST_USE;
// For objectives: the batch of a task, whose arrays are the same for every model, through the plan
// for evaluation.
int mc_evaluator_run(struct mc_evaluator *v, const struct mc_task *t, const struct mc_batch *b,
                     const struct mc_result *out, struct mc_error *e) MC_MUST_USE;
// mc_task_match for the objective that an evaluation of the model on the task has.
int mc_evaluate_takes(const struct mc_model *m, struct mc_task *t, struct mc_error *e) MC_MUST_USE;
// The values of every example of the task in memory by an objective (NULL: mc_objective_of the
// model), in *s; where others follow, of the first t->n, which it sets. MC_ERR_INPUT as
// mc_task_match; MC_ERR_NUM: a value of an example is not finite.
int mc_evaluate(struct mc_evaluator *v, const struct mc_objective *o, const struct mc_model *m,
                struct mc_task *t, struct mc_scores *s, struct mc_error *e) MC_MUST_USE;

// Temperature scaling (Guo et al. 2017): s->temperature is the T > 0 that minimises the mean loss
// of logits / T over the task's examples, inf or 0 where the loss falls towards these, 1 where no
// logits differ within an example; s->loss_cal the loss of every example at T, or its limit.
// Nothing for a task without labels. MC_ERR_INPUT: the scores are none of a head of classes.
int mc_calibrate(struct mc_scores *s, const struct mc_task *t, struct mc_error *e) MC_MUST_USE;

// Evaluates all of a task, block by block: `seen` (or NULL) is told of the values of each, and *out
// are the metrics of all.
typedef int mc_scored_fn(void *ctx, const struct mc_task *t, struct mc_scores *s,
                         struct mc_error *e);
struct mc_metrics;
int mc_evaluate_all(struct mc_evaluator *v, const struct mc_objective *o, const struct mc_model *m,
                    struct mc_task *t, struct mc_scores *s, mc_scored_fn *seen, void *ctx,
                    struct mc_metrics *out, struct mc_error *e) MC_MUST_USE;

struct mc_point;
// The probabilities of labels at the first point of a path, with which its other points are
// compared. Zero-initialise to start, one a task.
struct mc_first_point {
    char *path; // what a point's mc.curve must say to be one of the path, or NULL
    char **label;
    int n_labels;
    double *logit;
    int64_t n;
};
// s->js_0: the mean over examples of the Jensen-Shannon divergence, in nats, between the
// probabilities of labels here and at the first point of the path (Lin 1991), labels met by name.
// Points of a path come one after the other; where another path begins, so does another first
// point. nan of a point of no path, and without probabilities.
int mc_first_point_compare(struct mc_first_point *f, const struct mc_point *p, struct mc_scores *s,
                           struct mc_error *e) MC_MUST_USE;
void mc_first_point_release(struct mc_first_point *f);

// A metric: a row of mc_metrics, which stands in a file in lib/eval/. Its name is its column in the
// tables of mc-eval, and --metric of mc-barrier.
struct mc_metric {
    const char *name;
    bool rising; // more is better
    // The value of an example is from 0 (wrong) to 1 (right), so that where none of n changes a share
    // of the examples still may. Without each: right is whose columns label and predicted agree.
    bool counted;
    // It has a value for examples without labels, too.
    bool without_gold;
    // The value of example i of the task, nan where it has none: the metric is its mean over the
    // examples, and the per-example table has a column of it. NULL: of_set tells.
    double (*each)(const struct mc_scores *s, const struct mc_task *t, int64_t i);
    // The value of a set with gold, or nan where the metric has no meaning for it.
    int (*of_set)(const struct mc_scores *s, const struct mc_task *t, double *out,
                  struct mc_error *e);
};
// Loss in nats, or the mean square error; accuracy; F1 averaged over labels in gold or prediction
// (0/0 = 0); Matthews correlation (Gorodkin 2004), nan at a zero denominator; exact match and token
// F1 of written text; Pearson's and Spearman's correlation, nan where one side does not vary; what
// mc_calibrate and mc_first_point_compare have found.
extern const struct mc_metric mc_metric_loss, mc_metric_accuracy, mc_metric_f1_macro, mc_metric_mcc,
    mc_metric_exact_match, mc_metric_token_f1, mc_metric_pearson, mc_metric_spearman,
    mc_metric_temperature, mc_metric_loss_cal, mc_metric_js_0;
extern const struct mc_metric *const mc_metrics[]; // NULL behind the last
// The row of that name, or NULL.
const struct mc_metric *mc_metric_find(const char *name);
// The names of those that are means over examples, "loss|accuracy|...", as a choice of an option.
enum { MC_METRIC_CHOICES = 256 };
const char *mc_metric_choices(char out[MC_METRIC_CHOICES]);

// The value of every row, in the order of mc_metrics; nan where a metric has no meaning for the
// task.
enum { MC_METRICS_MAX = 32 };
struct mc_metrics {
    double v[MC_METRICS_MAX];
    int n; // rows with a value; 0: none
};
extern const struct mc_metrics mc_no_metrics; // all nan
// Adds the values of a block of examples to *sums, mc_no_metrics to start; and makes the means over
// n examples of them. MC_ERR_MEM alone.
int mc_metrics_add(const struct mc_scores *s, const struct mc_task *t, struct mc_metrics *sums,
                   struct mc_error *e) MC_MUST_USE;
void mc_metrics_mean(struct mc_metrics *sums, int64_t n);
// Both, of examples that are one block.
int mc_metrics_of(const struct mc_scores *s, const struct mc_task *t, struct mc_metrics *out,
                  struct mc_error *e) MC_MUST_USE;
// The value of the row of that name; nan where there is none.
double mc_metrics_value(const struct mc_metrics *m, const char *name);

// Exact match (0 or 1) and token F1 of a text against gold answers, each ended by a NUL, up to
// `end`: the best over the answers of each. As SQuAD (Rajpurkar et al. 2016) and ReCoRD (Zhang et
// al. 2018) count them: lower case (each code point by itself: a capital sigma becomes the one that
// ends no word), without ASCII punctuation and the words a, an, the, white space as one space. Two
// texts of which nothing is left match, in F1 as well (as SQuAD 2.0 has it).
int mc_answer_scores(const char *text, const char *answers, const char *end, double *exact_match,
                     double *token_f1, struct mc_error *e) MC_MUST_USE;

// Reads models ahead of their use, in a thread of its own.
struct mc_prefetch;
struct mc_prefetch *mc_prefetch_new(struct mc_models *source, struct mc_error *e) MC_MUST_USE;
// 1 with *m, valid until the next call; 0 at the end. Errors as of mc_models_next.
int mc_prefetch_next(struct mc_prefetch *p, struct mc_model **m, struct mc_error *e) MC_MUST_USE;
// Ends the thread without waiting for input that does not come.
void mc_prefetch_free(struct mc_prefetch *p);

#endif
