// The synthetic language: a lexicon, a grammar, labelled tasks and a corpus, all a function of one
// seed (docs/synth.md). Line i of a set depends on seed, set and i alone, so a shorter set is a
// prefix of a longer.
#ifndef MC_SYNTH_H
#define MC_SYNTH_H

#include <stdint.h>

#include "mc/buf.h"

enum mc_synth_set {
    MC_SYNTH_SENTIMENT,      // text, negative | positive
    MC_SYNTH_SENTIMENT_B,    // the same in another domain
    MC_SYNTH_INFERENCE,      // premise, hypothesis, contradiction | entailment | neutral
    MC_SYNTH_INFERENCE_HARD, // the same with quantifiers
    MC_SYNTH_TASKS,
    MC_SYNTH_CORPUS = MC_SYNTH_TASKS, // unlabelled text
};
enum mc_synth_split { MC_SYNTH_TRAIN, MC_SYNTH_DEV, MC_SYNTH_TEST, MC_SYNTH_SPLITS };
extern const char *const mc_synth_task_names[MC_SYNTH_TASKS];   // "sentiment", ...
extern const char *const mc_synth_split_names[MC_SYNTH_SPLITS]; // "train", "dev", "test"

enum mc_synth_kind {  // of tokenizer and model
    MC_SYNTH_BERT,    // WordPiece
    MC_SYNTH_ROBERTA, // byte-level BPE
    MC_SYNTH_T5,      // Unigram
    MC_SYNTH_KINDS
};
extern const char *const mc_synth_kind_names[MC_SYNTH_KINDS]; // "bert", ...

struct mc_synth; // the language of one seed
// Makes the lexicon.
struct mc_synth *mc_synth_new(uint64_t seed, struct mc_error *e) MC_MUST_USE;
void mc_synth_free(struct mc_synth *s);

// Appends line index (from 0) of a set and a newline: text TAB label, premise TAB hypothesis TAB
// label, or text. No two splits of a task share a text. The corpus has no splits: train.
int mc_synth_line(const struct mc_synth *s, enum mc_synth_set set, enum mc_synth_split split,
                  int64_t index, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;

// Appends the WordPiece vocabulary, one piece a line, in the order of ids.
int mc_synth_vocab(const struct mc_synth *s, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
// Appends a table of all words: word class domains polarity polarity_b gender above.
int mc_synth_lexicon(const struct mc_synth *s, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
// Writes a tokenizer and the config.json of a small model of that kind into dir, which is made
// where it is missing. BERT: vocab.txt, tokenizer.json, tokenizer_config.json; RoBERTa: vocab.json
// and merges.txt in place of vocab.txt; T5: the two JSON files alone.
int mc_synth_tokenizer(const struct mc_synth *s, enum mc_synth_kind kind, const char *dir,
                       struct mc_error *e) MC_MUST_USE;

#endif
