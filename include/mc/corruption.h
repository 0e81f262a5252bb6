// Corrupted sequences of text: what pre-training reads, and what it is to predict. Masked tokens
// for encoders (Devlin et al. 2019, Liu et al. 2019), spans behind sentinels for text-to-text
// models (Raffel et al. 2020).
#ifndef MC_CORRUPTION_H
#define MC_CORRUPTION_H

#include "mc/corpus.h"

// How sequences are cut from texts and corrupted. Draws are a function of seed, step and the place
// of a sequence among those of the step.
struct mc_corruption {
    const struct mc_corpus_ids *about;
    bool spans;      // behind sentinels; else masked tokens
    double mask;     // share of the tokens
    double span;     // mean length of a span
    int64_t seq_len; // tokens of a sequence: masked, prefix and suffix included; of spans, ids of
                     // the text before it is corrupted
    uint64_t seed;
};
// MC_ERR_INPUT, of `name`: the tokenizer of the corpus has no mask token or no sentinels;
// MC_ERR_USAGE: no room for two ids beside prefix and suffix.
int mc_corruption_check(const struct mc_corruption *c, const char *name,
                        struct mc_error *e) MC_MUST_USE;
// Ids of the text in a whole sequence; tokens that a model reads of it at most.
int64_t mc_corruption_room(const struct mc_corruption *c);
int64_t mc_corruption_longest(const struct mc_corruption *c);
// Tokens that a sequence of n ids of the text has when it is corrupted, and those of its target
// (0 where tokens are masked); tokens of a target at most.
void mc_corruption_lengths(const struct mc_corruption *c, int64_t n, int64_t *tokens,
                           int64_t *target);
int64_t mc_corruption_longest_target(const struct mc_corruption *c);
// MC_ERR_INPUT: a sequence of n ids has more spans than there are sentinels.
int mc_corruption_check_spans(const struct mc_corruption *c, int64_t n,
                              struct mc_error *e) MC_MUST_USE;
// Whether n ids of a text make a sequence: two at least, and some that may be chosen.
bool mc_corruption_takes(const struct mc_corruption *c, const int32_t *ids, int64_t n);

// MC_ERR_INPUT, of a file: a corpus in which nothing does.
int mc_corruption_none(const char *path, struct mc_error *e);

// Calls back for every sequence of a part of a corpus that it takes, in order: n ids from `at` of
// the part's. Ends with the first error.
typedef int mc_sequence_fn(void *ctx, int64_t at, int64_t n, struct mc_error *e);
int mc_corruption_each(const struct mc_corruption *c, const struct mc_tokens *part,
                       mc_sequence_fn *fn, void *ctx, struct mc_error *e) MC_MUST_USE;

// Sequences, one behind the other. Zero-initialise to start.
struct mc_corrupted {
    int64_t n, n_ids, n_chosen, n_targets;
    int64_t *offset; // [n + 1] into ids and types
    int32_t *ids;    // as they are read
    uint8_t *types;  // 0
    // masked: positions chosen of sequence i, chosen_offset[i]..chosen_offset[i + 1] of chosen,
    // counted in the sequence from 0 and rising, and the ids that stood there
    int64_t *chosen_offset;
    int32_t *chosen, *chosen_id;
    // spans: what is to be written, target_offset[i]..target_offset[i + 1] of target
    int64_t *target_offset;
    int32_t *target;

    int64_t cap, cap_ids, cap_chosen, cap_targets;
    double *draw; // of the tokens of one sequence
    int64_t *cut; // of its spans
    int64_t cap_draw;
};
// Frees the memory; *s is all zeros then.
void mc_corrupted_release(struct mc_corrupted *s);
// Takes the sequences out, and keeps the memory.
void mc_corrupted_empty(struct mc_corrupted *s);
// Appends the sequence of n ids of a text, which mc_corruption_takes, as number `place` of a step.
// MC_ERR_INPUT: more spans than there are sentinels.
int mc_corrupt(const struct mc_corruption *c, int64_t step, int64_t place, const int32_t *ids,
               int64_t n, struct mc_corrupted *s, struct mc_error *e) MC_MUST_USE;

#endif
