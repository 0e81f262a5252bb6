// Token sets: the tokenized, labelled examples that training and evaluation read (a document of
// kind "tokens").
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
    int max_len;      // tokens of the longest example
    char digest[MC_DIGEST_TEXT];
};

void mc_tokens_release(struct mc_tokens *t);
// Reads the one document of a file and checks it: offsets rise from 0 to the end, ids are not
// negative, labels name a label. Errors name the file.
int mc_tokens_read(struct mc_tokens *t, const char *path, struct mc_pool *pool,
                   struct mc_error *e) MC_MUST_USE;
// Writes one document; its metadata come from *t, t->provenance whole.
int mc_tokens_write(const struct mc_tokens *t, struct mc_writer *w, struct mc_error *e) MC_MUST_USE;
// Label names as a JSON array and back. *names is an array of *n strings, each its own allocation;
// names that are empty, hold control characters or stand twice are refused.
int mc_labels_json(char *const *names, int n, struct mc_buf *out, struct mc_error *e) MC_MUST_USE;
int mc_labels_parse(const char *json, char ***names, int *n, struct mc_error *e) MC_MUST_USE;
void mc_labels_free(char **names, int n);

// Collects examples into a set. Zero-initialise to start.
struct mc_collector {
    struct mc_tokens t; // labels[i] indexes `name` by its second field until the end
    int64_t cap, cap_ids;
    struct mc_label {
        char *text;
        int32_t at;
    } * name; // sorted by bytes; `at` counts in order of appearance
    int n_names, cap_names;
    bool fixed; // no other labels may appear
};
// Names the labels that may appear; each once and none empty, else MC_ERR_USAGE.
int mc_collector_labels(struct mc_collector *c, const char *comma_list,
                        struct mc_error *e) MC_MUST_USE;
// Adds an example; label NULL = none, for all or for no example. A label outside the fixed ones is
// MC_ERR_INPUT, and leaves the collector as it was.
int mc_collector_add(struct mc_collector *c, const int32_t *ids, const uint8_t *types, int64_t n,
                     int64_t line, const char *label, struct mc_error *e) MC_MUST_USE;
// The finished set goes to *t; the collector is empty then.
int mc_collector_finish(struct mc_collector *c, struct mc_tokens *t,
                        struct mc_error *e) MC_MUST_USE;
void mc_collector_release(struct mc_collector *c);

#endif
