// What the files of a tokenizer share. Private to lib/text.
#ifndef MC_TEXT_TOK_H
#define MC_TEXT_TOK_H

#include <xxhash.h>

#include "mc/json.h"
#include "mc/names.h"
#include "mc/tokenizer.h"

#define TOK_SPACE "\xe2\x96\x81" // U+2581, a space in pieces

// A token that is found in the text before the model sees it.
struct tok_added {
    char *text;
    size_t n;
    int32_t id;
    bool single_word, lstrip, rstrip, normalized;
    bool special; // left out when ids are decoded
};

struct tok_added_list {
    struct tok_added *v;
    int n;
    struct mc_names names;
};

// Finds the added tokens of one stage: those with, or those without, `normalized`.
struct tok_finder {
    struct tok_pattern {
        char *text;
        size_t n;
        int of;
    } * pattern; // `of` indexes the list; by first byte, the longest first, then in the list's
                 // order
    int n;
    int start[257]; // patterns that begin with byte b: start[b]..start[b + 1]
    int *skip;      // [n] where the patterns of this one's first byte and length end
};

// Pieces and their ids.
struct tok_piece {
    uint32_t at, n; // bytes in `text`
    int32_t id;
};
struct tok_vocab {
    struct tok_piece *piece;
    int32_t n, cap, max_id;
    struct mc_buf text; // of all pieces, one after the other
};
// The pieces that begin with a prefix, by what follows it; open addressing.
struct tok_index {
    uint32_t *slot; // index of a piece + 1; 0 = free
    uint32_t mask;
    uint32_t longest; // bytes
    size_t skip;      // bytes of the prefix
};

enum { TOK_SEQ_A = -1, TOK_SEQ_B = -2 };
enum { TOK_NAMED = 7, TOK_MASK = 6 }; // special tokens with a name; the mask's place among them
struct tok_template {
    struct {
        int32_t id;
        uint8_t type;
    } * item; // id, or TOK_SEQ_A, TOK_SEQ_B
    int n, n_special;
};

// The side files of a directory.
struct tok_config {
    const char *dir;
    json_t *tokenizer; // tokenizer_config.json; NULL, like the others, where there is no file
    json_t *config, *special_map, *added;
    bool cut_left;
};

struct mc_tokenizer {
    const struct tok_kind *kind;
    void *model;
    const char *source;  // "tokenizer.json" or the vocabulary file, for messages
    const char *decoder; // for mc_detokenize, or NULL
    struct tok_added_list added;
    struct tok_finder raw, norm; // added tokens in the text as it is, and in the normalized text
    struct tok_template single, pair;
    int32_t named[TOK_NAMED]; // ids of bos, eos, unk, sep, pad, cls, mask; -1: none
    int32_t size;
    int64_t max_len;
    bool cut_left;
    char digest[MC_DIGEST_TEXT];
};

// A kind of tokenizer: one file and one row in tokenizer.c.
struct tok_kind {
    const char *name;       // model.type in tokenizer.json
    const char *own_key;    // a key that no other model has: tells it where there is no type
    const char *vocab_file; // what is read where there is no tokenizer.json
    // NULL-terminated classes of transformers that build their tokenizer from the vocabulary and
    // the configuration alone; model types whose class is one of them.
    const char *const *classes, *const *model_types;
    bool no_limit; // of positions, in models of these types
    // Reads the parts of tokenizer.json that are the kind's own: model, normalizer, pre_tokenizer.
    int (*from_json)(struct mc_tokenizer *t, const json_t *root, struct mc_error *e);
    // What the class makes of its vocabulary files and its configuration.
    int (*from_files)(struct mc_tokenizer *t, const struct tok_config *c, struct mc_error *e);
    // Whether the other files of the directory say the same as tokenizer.json; built: the class
    // takes no more than the vocabulary from there.
    int (*check)(struct mc_tokenizer *t, const struct tok_config *c, bool built,
                 struct mc_error *e);
    // Optional: adds the additional special tokens that the class makes of a given list.
    int (*class_extras)(const struct mc_tokenizer *t, struct tok_added_list *l,
                        const struct tok_added_list *given, const struct tok_config *c,
                        struct mc_error *e);
    // The template of the class.
    int (*class_template)(struct mc_tokenizer *t, const struct tok_config *c, struct mc_error *e);
    const char *decoder;                             // of the class, for mc_detokenize; or NULL
    const char *(*default_special)(const char *key); // "cls_token" -> "[CLS]", or NULL
    int32_t (*id)(const void *model, const char *s, size_t n); // or -1
    const struct tok_vocab *(*vocab)(const void *model);
    int32_t (*unknown)(const void *model); // the id of what is no piece; -1: there is none
    // Text to normalized text, appended to x->norm.
    int (*normalize)(const void *model, const char *s, size_t n, struct mc_encoding *x,
                     struct mc_error *e);
    // Normalized text to ids, appended to x->part[which].
    int (*encode)(const void *model, const char *s, size_t n, struct mc_encoding *x, int which,
                  struct mc_error *e);
    int (*digest)(const void *model, XXH3_state_t *h, struct mc_error *e);
    void (*free)(void *model);
};
extern const struct tok_kind tok_wordpiece, tok_bpe, tok_unigram;

// --- tok_json.c
bool tok_has_file(const char *dir, const char *name);
// A JSON file of a directory; *out NULL where there is none. Integers come as reals: some are
// beyond 64 bits.
int tok_json_load(const char *dir, const char *name, json_t **out, struct mc_error *e) MC_MUST_USE;
// A whole number lo..hi.
bool tok_json_int(const json_t *j, int64_t lo, int64_t hi, int64_t *out);
// The bool at a key; absent = def. Anything else is an error that begins with `where`.
int tok_json_bool(const json_t *o, const char *key, bool def, const char *where, bool *out,
                  struct mc_error *e) MC_MUST_USE;
// The string at a key of an object, or NULL.
const char *tok_json_str(const json_t *o, const char *key);

// An object's "type" must be `want`, or part and type are refused by name.
int tok_json_type(const char *part, const json_t *o, const char *want,
                  struct mc_error *e) MC_MUST_USE;

// --- vocab.c
int tok_vocab_add(struct tok_vocab *v, const char *s, size_t n, int32_t id,
                  struct mc_error *e) MC_MUST_USE;
// {"piece": id, ...}
int tok_vocab_json(struct tok_vocab *v, const json_t *o, const char *where,
                   struct mc_error *e) MC_MUST_USE;
int tok_vocab_index(const struct tok_vocab *v, struct tok_index *t, const char *prefix,
                    struct mc_error *e) MC_MUST_USE;
// The id of the piece that is the index's prefix and s[n], or -1.
int32_t tok_vocab_find(const struct tok_vocab *v, const struct tok_index *t, const char *s,
                       size_t n);
// No id may stand for two pieces.
int tok_vocab_check_ids(const struct tok_vocab *v, const char *where,
                        struct mc_error *e) MC_MUST_USE;
int tok_vocab_digest(const struct tok_vocab *v, XXH3_state_t *h, struct mc_error *e) MC_MUST_USE;
void tok_vocab_release(struct tok_vocab *v);

// --- tok_added.c
int tok_added_push(struct tok_added_list *l, const struct tok_added *a,
                   struct mc_error *e) MC_MUST_USE; // copies text
const struct tok_added *tok_added_find(const struct tok_added_list *l, const char *text);
// By id.
int tok_added_sort(struct tok_added_list *l, struct mc_error *e) MC_MUST_USE;
void tok_added_free(struct tok_added_list *l);
int tok_added_from_json(struct tok_added *a, const json_t *o, const char *where,
                        struct mc_error *e) MC_MUST_USE;
int tok_finder_build(struct tok_finder *f, const struct mc_tokenizer *t, bool normalized,
                     struct mc_error *e) MC_MUST_USE;
void tok_finder_free(struct tok_finder *f);
// The pieces of s[0..n): calls fn with of >= 0 for an added token, -1 for text between.
typedef int tok_piece_fn(void *ctx, int of, const char *s, size_t n, struct mc_error *e);
int tok_finder_split(const struct tok_finder *f, const struct tok_added_list *l, const char *s,
                     size_t n, tok_piece_fn *fn, void *ctx, struct mc_error *e) MC_MUST_USE;

// --- tok_config.c
int tok_config_load(struct tok_config *c, const char *dir, struct mc_error *e) MC_MUST_USE;
void tok_config_release(struct tok_config *c);
// The special token that the configuration names (a string, or an object with content), or the
// kind's default.
const char *tok_config_special(const struct tok_config *c, const struct tok_kind *k,
                               const char *key);
// The ids of cls_token and sep_token.
int tok_config_ends(const struct mc_tokenizer *t, const struct tok_config *c, int32_t *cls,
                    int32_t *sep, struct mc_error *e) MC_MUST_USE;
// t->named, once t->added is there.
void tok_config_named(struct mc_tokenizer *t, const struct tok_config *c);
// t->added from the configuration, where there is no tokenizer.json.
int tok_config_added(struct mc_tokenizer *t, const struct tok_config *c,
                     struct mc_error *e) MC_MUST_USE;
// That transformers would end up with the added tokens t->added of tokenizer.json.
int tok_config_check_added(const struct mc_tokenizer *t, const struct tok_config *c, bool built,
                           struct mc_error *e) MC_MUST_USE;

// --- tok_template.c
int tok_template_add(struct tok_template *p, int32_t id, int64_t type,
                     struct mc_error *e) MC_MUST_USE;
int tok_template_bert(struct mc_tokenizer *t, int32_t cls, int32_t sep,
                      struct mc_error *e) MC_MUST_USE;
int tok_template_roberta(struct mc_tokenizer *t, int32_t cls, int32_t sep,
                         struct mc_error *e) MC_MUST_USE;
int tok_template_json(struct mc_tokenizer *t, const json_t *post, struct mc_error *e) MC_MUST_USE;
bool tok_template_equal(const struct tok_template *a, const struct tok_template *b);
void tok_template_free(struct tok_template *p);

// --- detokenize.c
// The letters that stand for bytes in pieces: printable ones of Latin-1 for themselves, for the
// other bytes, in order, 256 and on.
void tok_byte_letters(uint32_t letter[256]);

// --- encoding.c
int tok_push_id(struct mc_encoding *x, int which, int32_t id, struct mc_error *e) MC_MUST_USE;

// --- tok_digest.c: numbers as 8 bytes, little-endian; texts after their length
void tok_digest_int(XXH3_state_t *h, int64_t v);
void tok_digest_text(XXH3_state_t *h, const char *s, size_t n);

#endif
