// Objectives: what a network is trained for and evaluated by. A row owns where the examples of an
// update come from, which rows of the network are read and the loss there, and what an evaluation
// says of every example.
#ifndef MC_OBJECTIVE_H
#define MC_OBJECTIVE_H

#include "mc/corruption.h"
#include "mc/eval.h"

struct mc_objective;

// The examples of one update. Arrays of the batch are the source's, until the next update.
struct mc_update {
    struct mc_batch batch;
    int64_t epoch;  // from 0
    int64_t tokens; // of the sequences and of their targets
    int64_t terms;  // losses that the mean is of: mc_batch_terms of all sequences
};

// Where the examples of updates come from. An update is a function of its number, so that a run
// that is resumed sees what it would have seen.
struct mc_batches {
    const struct mc_objective *objective; // set by the caller, as what follows
    const struct mc_model *m;
    const struct mc_tokens *set; // NULL for objectives that do not train on a token set
    const void *source;          // what those train on, as they define it
    const char *name;            // of either, for messages
    const int64_t *subset;       // the examples of the set that count, or NULL: all
    int64_t n_subset;
    int64_t size; // examples of an update
    uint64_t seed;

    int64_t n, per_epoch; // set by `open`: examples and updates of an epoch
    int max_len;          // tokens of the longest example
    void *own;            // the source's
};

struct mc_objective {
    const char *name;
    // Whether a model of this kind is tuned and evaluated for it where nobody names an objective.
    bool (*serves)(const struct mc_model *m);
    const struct mc_readout *readout;
    // Refuses token sets that are of another kind than the objective's, by mc_tokens_refuse; NULL:
    // none.
    int (*takes)(const struct mc_tokens *t, const char *set, const struct mc_model *m,
                 struct mc_error *e);
    bool labels_are_outputs; // the labels of a set are the model's outputs, matched by name

    // Training. open refuses what cannot be learnt from; next gives update number step, from 0.
    int (*open)(struct mc_batches *b, struct mc_error *e);
    int (*next)(struct mc_batches *b, int64_t step, struct mc_update *u, struct mc_error *e);
    void (*close)(struct mc_batches *b);

    // Evaluation: the values of every example of a task that the model takes, in *s, whose arrays
    // there is memory for and which are nan and -1 before; then whether those of example i, which
    // has a gold label, number or answer or has none, are finite where they should be. Both NULL:
    // it is trained for, not evaluated.
    int (*score)(struct mc_evaluator *v, const struct mc_model *m, struct mc_task *t,
                 struct mc_scores *s, struct mc_error *e);
    bool (*finite)(const struct mc_scores *s, bool gold, int64_t i);
};
extern const struct mc_objective mc_objective_classify, mc_objective_regress,
    mc_objective_target_text;
// Pre-training, of encoders and of text-to-text models; the one for a model.
extern const struct mc_objective mc_objective_masked, mc_objective_spans;
const struct mc_objective *mc_objective_of_corpus(const struct mc_model *m);
extern const struct mc_objective *const mc_objectives[]; // NULL behind the last
// The first that serves the model.
const struct mc_objective *mc_objective_of(const struct mc_model *m);

// The losses of sequence i of a batch: one, or one for every token of its target or for every row
// of it that is chosen.
int64_t mc_batch_terms(const struct mc_batch *b, int i);

// Batches of a token set in memory, for the rows that train on one: every epoch a permutation of
// its examples, drawn from (seed, epoch). label: outputs of the model, owned from here on, or NULL.
int mc_set_batches_open(struct mc_batches *b, int32_t *label, struct mc_error *e) MC_MUST_USE;
int mc_set_batches_next(struct mc_batches *b, int64_t step, struct mc_update *u,
                        struct mc_error *e) MC_MUST_USE;
void mc_set_batches_close(struct mc_batches *b);

// Batches of a corpus, whose sequences are cut and corrupted as they are taken: the parts of an
// epoch in an order of its own, and mixed among each other within some of them at a time. What
// `source` of struct mc_batches is then:
struct mc_corpus_source {
    const struct mc_corpus *corpus;
    struct mc_corruption how; // but for `spans`
};
int mc_corpus_batches_open(struct mc_batches *b, bool spans, struct mc_error *e) MC_MUST_USE;
int mc_corpus_batches_next(struct mc_batches *b, int64_t step, struct mc_update *u,
                           struct mc_error *e) MC_MUST_USE;
void mc_corpus_batches_close(struct mc_batches *b);
// MC_ERR_INPUT, MC_ERR_USAGE: the sequences of a corpus cannot go through the model: tokenizer,
// ids, length, and what mc_corruption_check refuses.
int mc_corpus_fits(const struct mc_corpus *c, const char *name, const struct mc_corruption *how,
                   const struct mc_model *m, struct mc_error *e) MC_MUST_USE;
// Corrupted sequences as a batch, which borrows their arrays.
struct mc_batch mc_corrupted_batch(const struct mc_corrupted *x, bool spans);

#endif
