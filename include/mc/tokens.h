// Token sets: the tokenized examples that training and evaluation read (a document of kind
// "tokens"): with labels, with numbers (regression), text to text, or texts alone.
#ifndef MC_TOKENS_H
#define MC_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include "mc/stream.h"

struct mc_tokens {
    int64_t n;          // examples
    int64_t *offset;    // [n + 1] into ids and types
    int32_t *ids;       // special tokens included
    uint8_t *types;     // token types
    int32_t *labels;    // [n] index into label_names; NULL where the set has none
    int64_t *lines;     // [n] line number of the example in its source, from 1
    char **label_names; // sorted by bytes
    int n_labels;
    char *task;       // or NULL
    char *tokenizer;  // digest of what decides ids, or NULL
    char *provenance; // earlier lines, or NULL
    char *corpus;     // of a part of a corpus: what its metadata say (mc/corpus.h); else NULL
    int max_len;      // tokens of the longest example

    int32_t *target_ids;          // text to text: the targets trained on, </s> included; else NULL
    int64_t *target_offset;       // [n + 1]
    int max_target;               // tokens of the longest target, of labels too
    int32_t *label_target_ids;    // text to text with labels: the target of every label, in the
                                  // order of label_names; that of an example is its label's
    int64_t *label_target_offset; // [n_labels + 1]
    char *answers;                // gold answers, UTF-8, each followed by a NUL byte; or NULL
    int64_t *answer_offset;       // [n + 1] bytes: the answers of an example, at least one
    double *values;               // [n] regression: the gold numbers; or NULL
    char *pieces; // text to text: the vocabulary's pieces for decoding, by id, each followed by a
                  // NUL byte; pieces without targets: text to predict
    int64_t n_pieces, pieces_bytes;
    char *decoder; // how they are joined ("metaspace", "byte-level"), or NULL

    // of a set that is joined from several: the files that its examples are from
    struct mc_tokens_source {
        char *name;
        int64_t from; // number of the first example
    } * source;
    int n_sources; // 0: one set

    char digest[MC_DIGEST_TEXT];
};

// Frees the parts; *t is empty then.
void mc_tokens_release(struct mc_tokens *t);
// Whether the set is text to text, with targets or to be predicted.
static inline bool mc_tokens_t2t(const struct mc_tokens *t) { return t->target_ids || t->pieces; }
// Reads the one document of a file, labelled text and no part of a corpus, and checks it: parts
// that go together, offsets that rise from 0 to the end, ids that are not negative, labels that
// name a label, finite values, answers and pieces in UTF-8; else MC_ERR_INPUT. Errors name the
// file.
int mc_tokens_read(struct mc_tokens *t, const char *path, struct mc_pool *pool,
                   struct mc_error *e) MC_MUST_USE;
// The same, but of a part of a corpus, which sets *corpus and reads nothing; corpus NULL: it is
// refused.
int mc_tokens_read_or_corpus(struct mc_tokens *t, const char *path, struct mc_pool *pool,
                             bool *corpus, struct mc_error *e) MC_MUST_USE;
// The next document of a stream: 1, or 0 at the end. Labelled text is alone in its stream, a corpus
// may have any number of parts; the caller releases *t in any case.
int mc_tokens_next(struct mc_tokens *t, struct mc_reader *r, struct mc_error *e) MC_MUST_USE;
// The same checks of a document whose data are in memory, d->data_bytes of them.
int mc_tokens_check(const struct mc_doc *d, const char *data, struct mc_error *e) MC_MUST_USE;
// Writes one document; its metadata come from *t, t->provenance whole.
int mc_tokens_write(const struct mc_tokens *t, struct mc_writer *w, struct mc_error *e) MC_MUST_USE;
// Makes one of n >= 1 sets, whose names are for messages: examples one set after the other, labels
// met by name, the task of the first that has one. MC_ERR_INPUT: sets of different kinds or
// tokenizers; a label with two targets.
int mc_tokens_join(struct mc_tokens *all, const struct mc_tokens *set, const char *const *name,
                   int n, struct mc_error *e) MC_MUST_USE;
// The name of the file that example i is from; of a set of its own: `set`.
const char *mc_tokens_source(const struct mc_tokens *t, const char *set, int64_t i);
// Keeps n >= 1 of the examples, keep[0] < keep[1] < ... < t->n. Labels stay, those too that no
// example has now, and so does max_target; the digest is empty until the set is read again.
void mc_tokens_subset(struct mc_tokens *t, const int64_t *keep, int64_t n);
// Labels that look like no names are MC_ERR_INPUT, with the option that is meant: numbers that are
// not all whole (but in text to text), and, from 50 rows on, others in more than half of the rows.
int mc_tokens_check_names(const struct mc_tokens *t, struct mc_error *e) MC_MUST_USE;
// Appends one line: rows, `columns` (mc_labelled_describe), labels with their counts, the longest.
int mc_tokens_summary(const struct mc_tokens *t, const char *columns, struct mc_buf *out,
                      struct mc_error *e) MC_MUST_USE;
// Label names as a JSON array and back. *names is an array of *n strings, each its own allocation;
// names that are empty, hold control characters or stand twice are MC_ERR_INPUT.
int mc_labels_json(char *const *names, int n, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
int mc_labels_parse(const char *json, char ***names, int *n, struct mc_error *e) MC_MUST_USE;
void mc_labels_free(char **names, int n);
// "a, b, c" for a message, of many the first ones.
enum { MC_LABELS_LIST = 200 };
void mc_labels_list(char *const *names, int n, char out[MC_LABELS_LIST]);

// Builds a set from examples, one after the other. Zero-initialise to start.
struct mc_tokens_builder {
    struct mc_tokens t; // labels[i] is the `at` of a name until the end
    int64_t cap, cap_ids;
    int64_t cap_targets, cap_target_ids, cap_answers, cap_answer_bytes, cap_values;
    struct mc_label {
        char *text;
        int32_t at;
    } * name; // sorted by bytes; `at` counts in order of appearance
    int n_names, cap_names;
    bool fixed; // no other labels may appear
};
// Names the labels that may appear; each once and none empty, else MC_ERR_USAGE.
int mc_tokens_builder_labels(struct mc_tokens_builder *c, const char *comma_list,
                             struct mc_error *e) MC_MUST_USE;
// Adds an example; label NULL = none, for all or for no example. A label outside the fixed ones is
// MC_ERR_INPUT, and leaves the builder as it was.
int mc_tokens_builder_add(struct mc_tokens_builder *c, const int32_t *ids, const uint8_t *types,
                          int64_t n, int64_t line, const char *label,
                          struct mc_error *e) MC_MUST_USE;
// What the example added last has beside its tokens: for all examples or for none. A target has at
// least one token; answers[n] are each followed by a NUL byte, at least one.
int mc_tokens_builder_target(struct mc_tokens_builder *c, const int32_t *ids, int64_t n,
                             struct mc_error *e) MC_MUST_USE;
int mc_tokens_builder_answers(struct mc_tokens_builder *c, const char *answers, size_t n,
                              struct mc_error *e) MC_MUST_USE;
int mc_tokens_builder_value(struct mc_tokens_builder *c, double value,
                            struct mc_error *e) MC_MUST_USE;
// The finished set goes to *t; the builder is empty then.
int mc_tokens_builder_finish(struct mc_tokens_builder *c, struct mc_tokens *t,
                             struct mc_error *e) MC_MUST_USE;
// Frees what was built; the builder is empty then.
void mc_tokens_builder_release(struct mc_tokens_builder *c);

#endif
