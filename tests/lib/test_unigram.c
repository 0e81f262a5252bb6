// Unigram: what tests/parity/unigram.py compares with transformers, in small.

#include "tokdir.h"

#define SPACE "\xe2\x96\x81"
#define E_ACUTE "\xc3\xa9"
#define GRAVE "\xcc\x80"       // a combining mark
#define CIRCLED "\xe2\x91\xa0" // U+2460

// --- a model file

struct piece {
    const char *text;
    float score;
    int type;
};
static const struct piece pieces_of_file[] = {
    {"<pad>", 0, 3},       {"</s>", 0, 3}, {"<unk>", 0, 2}, {SPACE, -2, 1},
    {SPACE "ab", -3, 1},   {"a", -4, 1},   {"b", -5, 1},    {"abc", -6, 1},
    {SPACE "a", -3.5f, 1}, {"bc", -4, 1},  {"<u>", 0, 4},   {"1", -4, 1},
};
enum { PIECES = sizeof pieces_of_file / sizeof *pieces_of_file, NO_UNK = -1 };

static void add(struct mc_buf *b, const void *p, size_t n) {
    struct mc_error e;
    assert_int_equal(mc_buf_add(b, p, n, &e), 0);
}

static void add_number(struct mc_buf *b, uint64_t v) {
    for (; v >= 0x80; v >>= 7) add(b, &(char){(char)(v | 0x80)}, 1);
    add(b, &(char){(char)v}, 1);
}

static void add_field(struct mc_buf *b, int number, const void *p, size_t n) {
    add_number(b, (uint64_t)number << 3 | 2);
    add_number(b, n);
    add(b, p, n);
}

static void add_piece(struct mc_buf *b, const struct piece *p) {
    struct mc_buf m = {0};
    add_field(&m, 1, p->text, strlen(p->text));
    add_number(&m, 2 << 3 | 5);
    add(&m, &p->score, 4); // little-endian machines
    add_number(&m, 3 << 3);
    add_number(&m, (uint64_t)p->type);
    add_field(b, 1, m.p, m.n);
    mc_buf_release(&m);
}

static void add_trainer(struct mc_buf *b, int type, int unk) {
    struct mc_buf m = {0};
    add_field(&m, 1, "text.txt", 8); // fields that do not count, of every kind
    add_number(&m, 10 << 3 | 5);
    add(&m, "\0\0\0\0", 4);
    add_number(&m, 99 << 3 | 1);
    add(&m, "\0\0\0\0\0\0\0\0", 8);
    add_number(&m, 3 << 3);
    add_number(&m, (uint64_t)type);
    if (unk != NO_UNK) add_number(&m, 40 << 3), add_number(&m, (uint64_t)unk);
    add_field(b, 2, m.p, m.n);
    mc_buf_release(&m);
}

// A character map of one block and what behind the root's unit of each label: 'q' -> "a", U+2460
// -> "1", tab -> " ", U+0301 -> nothing.
struct trie {
    uint32_t unit[256 * 8];
    char text[16];
};

static void set_unit(struct trie *t, uint32_t i, uint32_t v) {
    for (int k = 0; k < 4; k++) ((unsigned char *)&t->unit[i])[k] = (unsigned char)(v >> (8 * k));
}

// A path of bytes; block k of the array holds the children of its k-th node.
static void map_text(struct trie *t, const char *s, uint32_t *block, uint32_t value) {
    uint32_t at = 0, base = 256;
    for (size_t n = strlen(s), i = 0; i <= n; i++) {
        uint32_t label = i ? (unsigned char)s[i - 1] : 0, ends = i == n;
        set_unit(t, at, (at ^ base) << 10 | ends << 8 | label);
        at = ends ? base : base ^ (unsigned char)s[i];
        if (ends) set_unit(t, at, value | (uint32_t)1 << 31);
        base = 256 * (*block)++;
    }
}

static void make_map(struct mc_buf *b) {
    struct trie t = {.text = "a\0001\0 \0"};
    const uint32_t size = sizeof t.unit;
    uint32_t block = 2;
    map_text(&t, CIRCLED, &block, 2); // blocks 2, 3, 4
    set_unit(&t, 256 ^ 'q', (((256 ^ 'q') ^ 256 * 6) << 10) | 1 << 8 | 'q');
    set_unit(&t, 256 * 6, (uint32_t)1 << 31);
    set_unit(&t, 256 ^ '\t', (((256 ^ '\t') ^ (256 * 7)) << 10) | 1 << 8 | '\t');
    set_unit(&t, 256 * 7, 4 | (uint32_t)1 << 31);
    add(b, &size, 4);
    add(b, t.unit, sizeof t.unit);
    add(b, t.text, 6);
}

static void add_normalizer(struct mc_buf *b) {
    struct mc_buf m = {0}, map = {0};
    make_map(&map);
    add_field(&m, 1, "nmt_nfkc", 8);
    add_field(&m, 2, map.p, map.n);
    add_number(&m, 3 << 3);
    add_number(&m, 1);
    add_field(b, 3, m.p, m.n);
    mc_buf_release(&m);
    mc_buf_release(&map);
}

static struct mc_buf model(int type, int unk) {
    struct mc_buf b = {0};
    for (int i = 0; i < PIECES; i++) add_piece(&b, &pieces_of_file[i]);
    add_trainer(&b, type, unk);
    add_normalizer(&b);
    return b;
}

static void put_model(const char *dir, int type, int unk) {
    struct mc_buf b = model(type, unk);
    put_bytes(dir, "spiece.model", b.p, b.n);
    mc_buf_release(&b);
}

static int set_up(void **state) {
    put_model(make_dir(state), 1, 2);
    put(*state, "config.json", "{\"model_type\": \"t5\", \"max_position_embeddings\": 7}");
    return 0;
}

// --- tests

static void pieces(void **state) {
    struct mc_tokenizer *t = open_dir(*state);
    assert_string_equal(mc_tokenizer_kind(t), "Unigram");
    assert_int_equal(mc_tokenizer_size(t), PIECES + 100);
    assert_int_equal(mc_tokenizer_id(t, "<extra_id_99>"), PIECES);
    assert_int_equal(mc_tokenizer_id(t, "<extra_id_0>"), PIECES + 99);
    assert_int_equal(mc_tokenizer_max_len(t), 0); // T5 has no positions
    assert_int_equal(mc_tokenizer_n_special(t, false), 1);
    assert_int_equal(mc_tokenizer_n_special(t, true), 2);
    assert_string_equal(mc_tokenizer_decoder(t), "metaspace");
    assert_string_equal(ids(t, "", NULL, 0), "1");
    assert_string_equal(ids(t, " \n ", NULL, 0), "1");
    assert_string_equal(ids(t, "ab", NULL, 0), "4 1");
    assert_string_equal(ids(t, "abc", NULL, 0), "8 9 1"); // -7.5, before -8 and more
    assert_string_equal(ids(t, "  ab  a ", NULL, 0), "4 8 1");
    assert_string_equal(ids(t,
                            "a\xe3\x80\x80"
                            "b\xc2\xa0",
                            NULL, 0),
                        "8 3 6 1");                           // white space
    assert_string_equal(ids(t, "axyza", NULL, 0), "8 2 5 1"); // a run of unknown ones is one
    assert_string_equal(ids(t, "a" SPACE "ab" SPACE SPACE "b", NULL, 0), "8 4 3 3 6 1");
    assert_string_equal(ids(t, SPACE "a", NULL, 0), "8 1");
    assert_string_equal(ids(t, "q\tq", NULL, 0), "8 8 1"); // the map, before the cut
    assert_string_equal(ids(t, "a<extra_id_0> b", NULL, 0), "8 111 3 6 1");
    assert_string_equal(ids(t, "<u>a</s>", NULL, 0), "10 8 1 1"); // user-defined and control pieces
    mc_tokenizer_close(t);
}

// A grapheme of under 6 bytes becomes the mapping of its start, marks and all.
static void graphemes(void **state) {
    struct mc_tokenizer *t = open_dir(*state);
    assert_string_equal(ids(t, CIRCLED, NULL, 0), "3 11 1");
    assert_string_equal(ids(t, CIRCLED GRAVE, NULL, 0), "3 11 1");         // 5 bytes
    assert_string_equal(ids(t, CIRCLED GRAVE GRAVE, NULL, 0), "3 11 2 1"); // 7
    assert_string_equal(ids(t, "q" GRAVE "q", NULL, 0), "8 5 1");
    assert_string_equal(ids(t, "q" GRAVE GRAVE "b", NULL, 0), "4 1");
    assert_string_equal(ids(t, "q" GRAVE GRAVE GRAVE, NULL, 0), "8 2 1");
    assert_string_equal(ids(t, "\xd8\x80q" GRAVE, NULL, 0),
                        "3 2 5 2 1"); // a sign before its letter
    assert_string_equal(ids(t, "\xe2\x80\x8bq" GRAVE, NULL, 0), "3 2 5 1"); // a control character
    // the second symbol belongs to the picture before, so its mark stays
    assert_string_equal(ids(t, "\xe2\x91\xa0\xe2\x80\x8d" CIRCLED GRAVE, NULL, 0), "3 11 2 11 1");
    mc_tokenizer_close(t);
}

static void pairs_and_cuts(void **state) {
    struct mc_tokenizer *t = open_dir(*state);
    most_type = 0;
    assert_string_equal(ids(t, "a", "ab", 0), "8 1 4 1");
    assert_string_equal(ids(t, "", "", 0), "1 1");
    assert_string_equal(ids(t, "a a ab", NULL, 3), "8 8 1");
    assert_string_equal(ids(t, "a a a", "ab ab ab", 6), "8 8 1 4 4 1");
    refuses_texts(t, 2);
    mc_tokenizer_close(t);
}

static void long_words(void **state) {
    enum { N = 1 << 20 };
    struct mc_tokenizer *t = open_dir(*state);
    char *text = malloc(N);
    assert_non_null(text);
    struct mc_encoding x = {0};
    struct mc_error e = {0};
    memset(text, 'a', N);
    assert_int_equal(mc_tokenizer_encode(t, text, N, NULL, 0, 0, &x, &e), 0);
    assert_int_equal(x.n, N + 1);
    memset(text, 'z', N); // nothing but unknown
    assert_int_equal(mc_tokenizer_encode(t, text, N, NULL, 0, 0, &x, &e), 0);
    assert_int_equal(x.n, 3);
    mc_encoding_release(&x);
    free(text);
    mc_tokenizer_close(t);
}

static void configuration(void **state) {
    put(*state, "tokenizer_config.json",
        "{\"tokenizer_class\": \"T5TokenizerFast\", \"extra_ids\": 2, \"eos_token\": "
        "{\"content\": \"</s>\", \"rstrip\": true}, \"clean_up_tokenization_spaces\": true}");
    struct mc_tokenizer *t = open_dir(*state);
    assert_int_equal(mc_tokenizer_size(t), PIECES + 2);
    assert_string_equal(mc_tokenizer_decoder(t), "metaspace-clean");
    assert_string_equal(ids(t, "<extra_id_0></s>  a<extra_id_1>", NULL, 0), "13 1 8 12 1");
    mc_tokenizer_close(t);
    put(*state, "tokenizer_config.json",
        "{\"extra_ids\": 2, \"additional_special_tokens\": [\"<x>\", {\"content\": "
        "\"<extra_id_1>\", \"lstrip\": true, \"rstrip\": true}]}");
    t = open_dir(*state);
    assert_string_equal(ids(t, "a <extra_id_1> <x>", NULL, 0), "8 12 14 1");
    assert_string_equal(ids(t, "<u>", NULL, 0), "3 10 1"); // a list stands for all
    mc_tokenizer_close(t);
    put(*state, "tokenizer_config.json", "{\"extra_ids\": -1}");
    refused(*state, "tokenizer_config.json", "extra_ids");
    put(*state, "tokenizer_config.json", "{\"eos_token\": null}");
    refused(*state, "tokenizer_config.json", "eos_token");
    put(*state, "tokenizer_config.json", "{\"tokenizer_class\": \"AlbertTokenizer\"}");
    refused(*state, "tokenizer_config.json", "AlbertTokenizer");
    put(*state, "tokenizer_config.json", NULL);
    put(*state, "config.json", "{\"model_type\": \"albert\"}");
    refused(*state, "spiece.model", "does not read");
    put(*state, "config.json", "{\"model_type\": \"roberta\"}");
    refused(*state, "config.json", "model type roberta and a Unigram tokenizer");
}

// --- tokenizer.json

#define JSON(added, normalizer, pre, model)                                                        \
    "{\"added_tokens\": [" added "], \"normalizer\": " normalizer ", \"pre_tokenizer\": " pre      \
    ", \"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"Sequence\": "        \
    "{\"id\": \"A\", \"type_id\": 0}}, {\"SpecialToken\": {\"id\": \"</s>\", \"type_id\": 0}}], "  \
    "\"pair\": [{\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}, {\"SpecialToken\": {\"id\": "     \
    "\"</s>\", \"type_id\": 0}}, {\"Sequence\": {\"id\": \"B\", \"type_id\": 0}}, "                \
    "{\"SpecialToken\": {\"id\": \"</s>\", \"type_id\": 0}}], \"special_tokens\": {\"</s>\": "     \
    "{\"id\": \"</s>\", \"ids\": [1]}}}, \"decoder\": {\"type\": \"Metaspace\", "                  \
    "\"replacement\": \"" SPACE "\"}, \"model\": {" model "}}"
#define SPECIAL(id, text) "{\"id\": " id ", \"content\": \"" text "\", \"special\": true}"
#define ADDED                                                                                      \
    SPECIAL("0", "<pad>")                                                                          \
    "," SPECIAL("1", "</s>") "," SPECIAL(                                                          \
        "2", "<unk>") ",{\"id\": 10, "                                                             \
                      "\"content\": \"<u>\", \"normalized\": false}," SPECIAL("12",                \
                                                                              "<extra_id_0>")
#define VOCAB                                                                                      \
    "[[\"<pad>\", 0], [\"</s>\", 0], [\"<unk>\", 0], [\"" SPACE "\", -2], [\"" SPACE               \
    "ab\", -3], [\"a\", -4.0], [\"b\", -5], [\"abc\", -6], [\"" SPACE "a\", -3.5], "               \
    "[\"bc\", -4], [\"<u>\", 0], [\"1\", -4], [\"<extra_id_0>\", 0]]"
#define MODEL "\"type\": \"Unigram\", \"unk_id\": 2, \"vocab\": " VOCAB
#define META(flags) "{\"type\": \"Metaspace\", \"replacement\": \"" SPACE "\"" flags "}"
#define WORDS(next)                                                                                \
    "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"WhitespaceSplit\"}, " next "]}"
#define STRIP "{\"type\": \"Strip\", \"strip_left\": false, \"strip_right\": true}"
#define JOIN                                                                                       \
    "{\"type\": \"Replace\", \"pattern\": {\"Regex\": \" {2,}\"}, \"content\": \"" SPACE "\"}"
#define GENERIC "{\"tokenizer_class\": \"PreTrainedTokenizerFast\"}"

static void no_map(struct mc_buf *b) {
    for (int i = 0; i < PIECES; i++) add_piece(b, &pieces_of_file[i]);
    add_trainer(b, 1, 2);
}

// The same by tokenizer.json in the forms that versions of the class wrote as by spiece.model.
static void json_and_file(void **state) {
    struct mc_buf b = {0};
    no_map(&b);
    put_bytes(*state, "spiece.model", b.p, b.n);
    mc_buf_release(&b);
    put(*state, "tokenizer_config.json", "{\"extra_ids\": 1}");
    struct mc_tokenizer *t = open_dir(*state);
    char digest[MC_DIGEST_TEXT];
    strcpy(digest, mc_tokenizer_digest(t));
    mc_tokenizer_close(t);
    static const char *const same[] = {
        JSON(ADDED, "null", WORDS(META("")), MODEL),
        JSON(ADDED, "null", WORDS(META(", \"add_prefix_space\": true")), MODEL),
        JSON(ADDED, "{\"type\": \"Sequence\", \"normalizers\": [" STRIP ", " JOIN "]}",
             META(", \"prepend_scheme\": \"always\", \"split\": true"), MODEL),
        JSON(ADDED, "null", META(""), "\"unk_id\": 2, \"vocab\": " VOCAB), // of no type
    };
    put(*state, "special_tokens_map.json",
        "{\"additional_special_tokens\": [\"<u>\", \"<extra_id_0>\"]}");
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        put(*state, "tokenizer.json", same[i]); // beside the file, which agrees
        t = open_dir(*state);
        assert_string_equal(mc_tokenizer_digest(t), digest);
        assert_string_equal(ids(t, "abc  ab <extra_id_0>", "<u>", 0), "8 9 4 12 1 10 1");
        mc_tokenizer_close(t);
    }
    put_model(*state, 1, 2);
    refused(*state, "spiece.model", "tokenizer.json disagree: the character map");
    b = (struct mc_buf){0};
    add_piece(&b, &pieces_of_file[1]);
    put_bytes(*state, "spiece.model", b.p, b.n);
    refused(*state, "spiece.model", "tokenizer.json disagree: piece 0");
    mc_buf_release(&b);
    put(*state, "spiece.model", NULL);
    put(*state, "tokenizer_config.json", "{\"extra_ids\": 2}");
    put(*state, "special_tokens_map.json", NULL);
    refused(*state, "tokenizer_config.json", "<extra_id_1>");
    put(*state, "tokenizer_config.json",
        "{\"extra_ids\": 1, \"extra_special_tokens\": [\"<u>\", \"<extra_id_0>\"]}");
    static const struct {
        const char *json, *word;
    } bad[] = {
        {JSON(ADDED, "null", META(", \"prepend_scheme\": \"first\""), MODEL), "Metaspace"},
        {JSON(ADDED, "null", META(", \"split\": false"), MODEL), "Metaspace"},
        {JSON(ADDED, "null", META(""), MODEL ", \"byte_fallback\": true"), "byte_fallback"},
        {JSON(ADDED, "null", META(""), "\"type\": \"Unigram\", \"unk_id\": 3, \"vocab\": " VOCAB),
         "unk_id"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put(*state, "tokenizer.json", bad[i].json);
        refused(*state, "tokenizer_config.json and tokenizer.json disagree", bad[i].word);
    }
}

static void variants(void **state) {
    static const struct {
        const char *normalizer_and_pre, *text, *ids;
    } v[] = {
        {JSON(ADDED, "null", META(", \"prepend_scheme\": \"first\""), MODEL), "a<u>a a",
         "8 10 5 8 1"},
        {JSON(ADDED, "null", META(", \"prepend_scheme\": \"never\""), MODEL), "a a", "5 8 1"},
        {JSON(ADDED, "null", META(", \"add_prefix_space\": false, \"prepend_scheme\": \"never\""),
              MODEL),
         " a", "8 1"},
        {JSON(ADDED, "null", META(""), MODEL), "a  a\n", "8 3 8 2 1"},
        {JSON(ADDED, STRIP, META(""), MODEL), "a a\n ", "8 8 1"},
        {JSON(ADDED, JOIN, META(""), MODEL), "a   a", "8 8 1"},
        {JSON(ADDED, "null", META(", \"split\": false"), MODEL), "ab ab", "4 4 1"},
        {JSON(ADDED, "null", WORDS(META(", \"prepend_scheme\": \"never\"")), MODEL), "a a",
         "5 5 1"},
        {JSON(ADDED, "null", "{\"type\": \"Metaspace\", \"replacement\": \"b\"}", MODEL), "a ",
         "6 5 6 1"},
        {JSON(ADDED, "null", META(""),
              "\"type\": \"Unigram\", \"unk_id\": 2, \"byte_fallback\": true, \"vocab\": "
              "[[\"<pad>\","
              " 0], [\"</s>\", 0], [\"<unk>\", 0], [\"<0xC3>\", -1], [\"<0xA9>\", -1], [\"" SPACE
              "\", -1], [\"x\", -1], [\"y\", -1], [\"z\", -1], [\"w\", -1], [\"<u>\", -1], [\"v\", "
              "-1], [\"<extra_id_0>\", 0]]"),
         E_ACUTE E_ACUTE "xa", "5 3 4 3 4 6 2 1"},
        {JSON(ADDED, "null", META(", \"split\": false"), // of equal sums the one found first
              "\"type\": \"Unigram\", \"unk_id\": 2, \"vocab\": [[\"<pad>\", 0], [\"</s>\", 0], "
              "[\"<unk>\", 0], [\"" SPACE "\", 1], [\"ab\", 1], [\"a\", 1], [\"bb\", 1], [\"b\", "
              "0], [\"" SPACE "a\", 1], [\"a\", 1], [\"<u>\", 0], [\"bb\", 1], [\"<extra_id_0>\", "
              "0]]"),
         "abb", "3 9 11 1"},
    };
    put(*state, "spiece.model", NULL);
    put(*state, "tokenizer_config.json", GENERIC);
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        put(*state, "tokenizer.json", v[i].normalizer_and_pre);
        struct mc_tokenizer *t = open_dir(*state);
        assert_string_equal(ids(t, v[i].text, NULL, 0), v[i].ids);
        mc_tokenizer_close(t);
    }
}

static void refusals(void **state) {
    put(*state, "spiece.model", NULL);
    static const struct {
        const char *json, *word;
    } bad[] = {
        {JSON("", "{\"type\": \"NFKC\"}", META(""), MODEL), "normalizer NFKC"},
        {JSON("", "{\"type\": \"Sequence\"}", META(""), MODEL), "normalizer Sequence"},
        {JSON("", "{\"type\": \"Sequence\", \"normalizers\": [" JOIN "," STRIP "]}", META(""),
              MODEL),
         "another order"},
        {JSON("", "{\"type\": \"Strip\", \"strip_left\": true}", META(""), MODEL), "strip_left"},
        {JSON("", "{\"type\": \"Replace\", \"pattern\": {\"String\": \" \"}, \"content\": \"x\"}",
              META(""), MODEL),
         "Replace"},
        {JSON("", "{\"type\": \"Precompiled\"}", META(""), MODEL), "precompiled_charsmap"},
        {JSON("", "{\"type\": \"Precompiled\", \"precompiled_charsmap\": \"A*==\"}", META(""),
              MODEL),
         "character 2: not base64"},
        {JSON("", "{\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAAAAA==\"}", META(""),
              MODEL),
         "a trie of 0 bytes"},
        {JSON("", "null", "null", MODEL), "pre_tokenizer null"},
        {JSON("", "null", "{\"type\": \"WhitespaceSplit\"}", MODEL), "WhitespaceSplit"},
        {JSON("", "null", WORDS("{\"type\": \"Digits\"}"), MODEL), "Digits"},
        {JSON("", "null", WORDS(META(", \"prepend_scheme\": \"first\"")), MODEL), "first"},
        {JSON("", "null", META(", \"prepend_scheme\": \"last\""), MODEL), "last"},
        {JSON("", "null", META(", \"add_prefix_space\": false"), MODEL), "add_prefix_space"},
        {JSON("", "null", "{\"type\": \"Metaspace\", \"replacement\": \"ab\"}", MODEL),
         "no character"},
        {JSON("", "null", META(""), "\"type\": \"Unigram\", \"vocab\": " VOCAB), "unk_id"},
        {JSON("", "null", META(""), "\"type\": \"Unigram\", \"unk_id\": 13, \"vocab\": " VOCAB),
         "13 is not in the vocabulary of 13"},
        {JSON("", "null", META(""), "\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": {}"),
         "no list"},
        {JSON("", "null", META(""), "\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": []"),
         "without a piece"},
        {JSON("", "null", META(""), "\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": [[\"a\"]]"),
         "piece 0"},
        {JSON("", "null", META(""), "\"type\": \"Unigram\", \"unk_id\": 0, \"vocab\": [[\"\", 0]]"),
         "piece 0 is empty"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put(*state, "tokenizer.json", bad[i].json);
        refused(*state, "tokenizer.json", bad[i].word);
    }
}

// The model file: cut anywhere it is refused with a place, or lacks what stood behind the cut.
static void damaged_file(void **state) {
    struct mc_buf b = model(1, 2);
    struct mc_error e;
    struct mc_tokenizer *t;
    size_t whole = 0;
    for (size_t n = 0; n < b.n; n++) {
        put_bytes(*state, "spiece.model", b.p, n);
        if (mc_tokenizer_open(&t, *state, &e) == 0) {
            whole++;
            mc_tokenizer_close(t);
        } else if (!strstr(e.text, "spiece.model")) {
            fail_msg("%s", e.text);
        }
    }
    assert_int_equal(whole, 1);        // all but the normalizer
    for (size_t i = 0; i < b.n; i++) { // every bit turned: an error or another tokenizer, no crash
        b.p[i] ^= (char)(1 << i % 8);
        put_bytes(*state, "spiece.model", b.p, b.n);
        if (mc_tokenizer_open(&t, *state, &e) == 0) {
            ids(t, "q ab" CIRCLED GRAVE "\t", NULL, 0);
            mc_tokenizer_close(t);
        }
        b.p[i] ^= (char)(1 << i % 8);
    }
    mc_buf_release(&b);
    put_model(*state, 2, 2);
    refused(*state, "spiece.model", "model type BPE is not supported");
    put_model(*state, 1, 1);
    refused(*state, "spiece.model", "the unknown piece is 1, but the class's is 2");
    put_model(*state, 1, NO_UNK);
    refused(*state, "spiece.model", "the unknown piece is 0");
    static const struct {
        const char *bytes, *word;
        size_t n;
    } bad[] = {
        {"\x0a\xff", "byte 2: cut short", 2},
        {"\x0a\x05"
         "ab",
         "byte 0: a field that is longer", 4},
        {"\x0b", "byte 0: a field of an unknown kind", 1},
        {"\x00\x00", "byte 0: no field", 2},
        {"\x08\x01", "byte 0: a field of another type", 2},
        {"\x22\x00", "a model without a piece", 2},
        {"\x0a\x03\x0a\x01\xff", "byte 2: a piece that is no UTF-8", 5},
        {"\x0a\x03\x0a\x01\x00", "byte 2: a piece that is no UTF-8", 5},
        {"\x0a\x05\x15\x00\x00\xc0\x7f", "byte 2: a score", 7},
        {"\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "over 64 bits", 12},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put_bytes(*state, "spiece.model", bad[i].bytes, bad[i].n);
        refused(*state, "spiece.model", bad[i].word);
    }
}

static void threads(void **state) {
    same_in_threads(*state, "abc q " CIRCLED GRAVE " <extra_id_3> a");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pieces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(graphemes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pairs_and_cuts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(configuration, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_and_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(variants, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(threads, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
