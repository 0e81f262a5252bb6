// Byte-level BPE: what tests/parity/bpe.py compares with transformers, in small.

#include "tokdir.h"
#include "mc/unicode.h"

// \u0120 is a space in pieces, \u00c3 \u00a9 the bytes of e acute.
#define SPACE "\xc4\xa0"
#define VOCAB                                                                                      \
    "{\"<s>\":0,\"<pad>\":1,\"</s>\":2,\"<unk>\":3,\"a\":4,\"b\":5,\"c\":6,\"" SPACE               \
    "\":7,\"\xc3\x83\":8,\"\xc2\xa9\":9,\"ab\":10,\"bc\":11,\"abc\":12,\"" SPACE                   \
    "a\":13,\"'\":14,\"s\":15,\"'s\":16,\"1\":17,\"" SPACE SPACE "\":18,\"" SPACE                  \
    "abc\":19,\"<mask>\":20}"
#define MERGES "b c\na bc\n" SPACE " a\n' s\n" SPACE " " SPACE "\na b\n" SPACE " abc\n"
static const char merges[] = "#version: 0.2\n" MERGES;

static int set_up(void **state) {
    put(make_dir(state), "vocab.json", VOCAB);
    put(*state, "merges.txt", merges);
    return 0;
}

static void pieces(void **state) {
    struct mc_tokenizer *t = open_dir(*state);
    assert_string_equal(mc_tokenizer_kind(t), "BPE");
    assert_int_equal(mc_tokenizer_size(t), 21);
    assert_int_equal(mc_tokenizer_id(t, "<mask>"), 20);
    assert_int_equal(mc_tokenizer_n_special(t, false), 2);
    assert_int_equal(mc_tokenizer_n_special(t, true), 4);
    assert_string_equal(ids(t, "", NULL, 0), "0 2");
    assert_string_equal(ids(t, "abc abc ab", NULL, 0), "0 12 19 13 5 2"); // ranks, not lengths
    assert_string_equal(ids(t, "ab", NULL, 0), "0 10 2");
    assert_string_equal(ids(t, "\xc3\xa9", NULL, 0), "0 8 9 2");
    assert_string_equal(ids(t, "xaxb", NULL, 0), "0 10 2"); // a byte that is no piece vanishes
    assert_string_equal(ids(t, "a's 's 1a", NULL, 0), "0 4 16 7 14 15 7 17 4 2");
    assert_string_equal(ids(t, "a   a", NULL, 0), "0 4 18 13 2"); // the last space is the word's
    assert_string_equal(ids(t, "a   ", NULL, 0), "0 4 18 7 2");
    assert_string_equal(ids(t, "a <mask> b", NULL, 0), "0 4 7 20 7 5 2");
    assert_string_equal(ids(t, "<s>a</s>", NULL, 0), "0 0 4 2 2");
    mc_tokenizer_close(t);
}

// Letters, numbers and white space beyond ASCII: one class is one word, whose merges cross no
// other. Here the pieces are the bytes, and "b" stands between to show where words end.
static void classes(void **state) {
    put(*state, "vocab.json",
        "{\"<s>\":0,\"</s>\":1,\"" SPACE "\":2,\"b\":3,\"\xc3\x83\":4,\"\xc2\xa9\":5,\"\xc2\xa9"
        "b\":6,\"\xc3\x82\":7,\"\xc2\xb2\":8,\"\xc2\xb2"
        "b\":9,\"\xc4\xb0\":10,\"" SPACE "\xc3\x82\":11,\"<pad>\":12,\"<unk>\":13,\"<mask>\":14}");
    put(*state, "merges.txt", "\xc2\xa9 b\n\xc2\xb2 b\n" SPACE " \xc3\x82\n");
    struct mc_tokenizer *t = open_dir(*state);
    assert_string_equal(ids(t,
                            "\xc3\xa9"
                            "b",
                            NULL, 0),
                        "0 4 6 1"); // a letter
    assert_string_equal(ids(t,
                            "\xc2\xb2"
                            "b",
                            NULL, 0),
                        "0 7 8 3 1");                              // a number
    assert_string_equal(ids(t, " \xc2\xa9", NULL, 0), "0 11 5 1"); // a symbol takes its space
    assert_string_equal(ids(t, " \xc2\xa0", NULL, 0), "0 11 1");   // white space a run
    mc_tokenizer_close(t);
    assert_true(mc_cp_class(0x4e2d) & MC_CP_LETTER);
    assert_true(mc_cp_class(0x2167) & MC_CP_NUMBER);
    assert_false(mc_cp_class(0x301) & (MC_CP_LETTER | MC_CP_NUMBER));
}

static void pairs_and_cuts(void **state) {
    struct mc_tokenizer *t = open_dir(*state);
    assert_string_equal(ids(t, "a", "b", 0), "0 4 2 2 5 2");
    assert_string_equal(ids(t, "", "", 0), "0 2 2 2");
    assert_string_equal(ids(t, "a1b1", NULL, 4), "0 4 17 2");
    assert_string_equal(ids(t, "a1b1", "c1c", 9), "0 4 17 5 2 2 6 17 2");
    assert_string_equal(ids(t, "a1b1", "c1c1", 9), "0 4 17 2 2 6 17 6 2");
    refuses_texts(t, 4);
    mc_tokenizer_close(t);
}

// A word of a million bytes: with merges that walk through all of it, and with none.
static void long_words(void **state) {
    enum { N = 1 << 20 };
    struct mc_tokenizer *t = open_dir(*state);
    char *text = malloc(N);
    assert_non_null(text);
    for (int i = 0; i < N; i++) text[i] = "ab"[i % 2];
    struct mc_encoding x = {0};
    struct mc_error e = {0};
    assert_int_equal(mc_tokenizer_encode(t, text, N, NULL, 0, 0, &x, &e), 0);
    assert_int_equal(x.n, N / 2 + 2);
    for (int64_t i = 1; i + 1 < x.n; i++) assert_int_equal(x.ids[i], 10);
    memset(text, 'c', N);
    assert_int_equal(mc_tokenizer_encode(t, text, N, NULL, 0, 0, &x, &e), 0);
    assert_int_equal(x.n, N + 2);
    memset(text, ' ', N); // spaces in pairs, one odd
    assert_int_equal(mc_tokenizer_encode(t, text, N - 1, NULL, 0, 0, &x, &e), 0);
    assert_int_equal(x.n, N / 2 + 2);
    assert_int_equal(x.ids[N / 2], 7);
    mc_encoding_release(&x);
    free(text);
    mc_tokenizer_close(t);
}

static void configuration(void **state) {
    put(*state, "config.json", "{\"model_type\": \"roberta\", \"max_position_embeddings\": 514}");
    put(*state, "tokenizer_config.json",
        "{\"add_prefix_space\": true, \"mask_token\": {\"content\": \"<mask>\", \"lstrip\": "
        "true}}");
    struct mc_tokenizer *t = open_dir(*state);
    assert_int_equal(mc_tokenizer_max_len(t), 512); // two are padding's
    assert_string_equal(ids(t, "abc", "a", 0), "0 19 2 2 13 2");
    assert_string_equal(ids(t, " abc", "", 0), "0 19 2 2 2");
    assert_string_equal(ids(t, "a <mask>a <mask> a", NULL, 0), "0 13 20 13 20 13 2");
    mc_tokenizer_close(t);
    put(*state, "config.json",
        "{\"model_type\": \"roberta\", \"max_position_embeddings\": 514, \"pad_token_id\": 513}");
    refused(*state, "config.json", "pad_token_id");
}

#define JSON(added, pre, model, post)                                                              \
    "{\"added_tokens\": [" added "], \"normalizer\": null, \"pre_tokenizer\": " pre                \
    ", \"post_processor\": " post ", \"model\": {" model "}}"
#define BYTE_LEVEL(prefix, regex)                                                                  \
    "{\"type\": \"ByteLevel\", \"add_prefix_space\": " prefix                                      \
    ", \"trim_offsets\": true, \"use_regex\": " regex "}"
#define SEQUENCE(pattern, last)                                                                    \
    "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\", \"pattern\": {\"Regex\": " \
    "\"" pattern "\"}, \"behavior\": \"Isolated\", \"invert\": false}, " last "]}"
#define GPT2                                                                                       \
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\\\p{L}+| ?\\\\p{N}+| ?[^\\\\s\\\\p{L}\\\\p{N}]+|\\\\s+(?!\\\\S)|" \
    "\\\\s+"
#define ROBERTA "{\"type\": \"RobertaProcessing\", \"cls\": [\"<s>\", 0], \"sep\": [\"</s>\", 2]}"
#define SPECIAL(id, text) "{\"id\": " id ", \"content\": \"" text "\", \"special\": true}"
#define ALL_SPECIAL                                                                                \
    SPECIAL("0", "<s>")                                                                            \
    "," SPECIAL("1", "<pad>") "," SPECIAL("2", "</s>") "," SPECIAL("3", "<unk>") "," SPECIAL(      \
        "20", "<mask>")
#define PAIRS                                                                                      \
    "[[\"b\",\"c\"],[\"a\",\"bc\"],[\"" SPACE "\",\"a\"],[\"'\",\"s\"],[\"" SPACE "\",\"" SPACE    \
    "\"],[\"a\",\"b\"],[\"" SPACE "\",\"abc\"]]"
#define MODEL "\"type\": \"BPE\", \"vocab\": " VOCAB ", \"merges\": " PAIRS
#define GENERIC "{\"tokenizer_class\": \"PreTrainedTokenizerFast\"}"

// The same by tokenizer.json, its merges as pairs or as lines, as by the two files: one digest.
static void json_and_files(void **state) {
    put(*state, "config.json", "{\"model_type\": \"roberta\"}");
    struct mc_tokenizer *t = open_dir(*state);
    char digest[MC_DIGEST_TEXT];
    strcpy(digest, mc_tokenizer_digest(t));
    mc_tokenizer_close(t);
    static const char *const json[] = {
        JSON(ALL_SPECIAL, BYTE_LEVEL("false", "true"), MODEL, ROBERTA),
        JSON(ALL_SPECIAL, BYTE_LEVEL("false", "true"),
             "\"vocab\": " VOCAB ", \"merges\": [\"b c\", \"a bc\", \"" SPACE
             " a\", \"' s\", \"" SPACE " " SPACE "\", \"a b\", \"" SPACE " abc\"]",
             ROBERTA), // of no type
        JSON(ALL_SPECIAL, SEQUENCE(GPT2, BYTE_LEVEL("false", "false")), MODEL, ROBERTA),
    };
    for (size_t i = 0; i < sizeof json / sizeof *json; i++) {
        put(*state, "tokenizer.json", json[i]); // beside the files, which agree
        t = open_dir(*state);
        assert_string_equal(mc_tokenizer_digest(t), digest);
        assert_string_equal(ids(t, "abc abc ab", "<mask>", 0), "0 12 19 13 5 2 2 20 2");
        mc_tokenizer_close(t);
    }
    put(*state, "merges.txt", "b c\r\na bc\r\n" SPACE " a\r\n");
    refused(*state, "merges.txt", "tokenizer.json disagree");
    put(*state, "merges.txt", NULL);
    put(*state, "vocab.json", "{\"<s>\": 0}");
    refused(*state, "vocab.json", "tokenizer.json disagree");
    put(*state, "vocab.json", NULL);
    put(*state, "tokenizer_config.json", "{\"add_prefix_space\": true}");
    refused(*state, "tokenizer_config.json", "add_prefix_space");
    put(*state, "tokenizer_config.json", "{\"mask_token\": \"[MASK]\"}");
    refused(*state, "tokenizer_config.json", "[MASK]");
    put(*state, "tokenizer_config.json", NULL);
    put(*state, "config.json", "{\"model_type\": \"bert\"}");
    refused(*state, "config.json", "model type bert");
}

static void variants(void **state) {
    put(*state, "vocab.json", NULL);
    put(*state, "merges.txt", NULL);
    put(*state, "tokenizer_config.json", GENERIC);
    put(*state, "tokenizer.json",
        JSON(ALL_SPECIAL, BYTE_LEVEL("true", "false"),
             MODEL ", \"unk_token\": \"<unk>\", \"fuse_unk\": true", ROBERTA));
    struct mc_tokenizer *t = open_dir(*state);
    assert_string_equal(ids(t, "ayxbc abc", NULL, 0), "0 13 3 11 19 2");
    mc_tokenizer_close(t);
    put(*state, "tokenizer.json",
        JSON(ALL_SPECIAL, BYTE_LEVEL("false", "true"), MODEL ", \"unk_token\": \"<unk>\"",
             ROBERTA));
    t = open_dir(*state);
    assert_string_equal(ids(t, "ayxb", NULL, 0), "0 4 3 3 5 2");
    mc_tokenizer_close(t);
    put(*state, "tokenizer.json",
        JSON(ALL_SPECIAL, SEQUENCE(GPT2, BYTE_LEVEL("true", "false")),
             "\"type\": \"BPE\", \"ignore_merges\": true, \"merges\": [], \"vocab\": " VOCAB,
             ROBERTA));
    t = open_dir(*state);
    assert_string_equal(ids(t, "abc1", NULL, 0), "0 19 7 17 2"); // a space before each word
    mc_tokenizer_close(t);
    put(*state, "tokenizer_config.json", NULL);
    put(*state, "config.json", "{\"model_type\": \"roberta\"}");
    refused(*state, "tokenizer.json", "add_prefix_space");
}

static void added_tokens(void **state) {
    put(*state, "vocab.json", NULL);
    put(*state, "merges.txt", NULL);
    put(*state, "tokenizer_config.json", GENERIC);
    put(*state, "tokenizer.json",
        JSON("{\"id\": 20, \"content\": \"<mask>\", \"lstrip\": true, \"special\": true},"
             "{\"id\": 21, \"content\": \"<r>\", \"rstrip\": true, \"normalized\": false},"
             "{\"id\": 22, \"content\": \"bb\", \"single_word\": true}",
             BYTE_LEVEL("true", "true"), MODEL, ROBERTA));
    struct mc_tokenizer *t = open_dir(*state);
    // each text between tokens gets its space
    assert_string_equal(ids(t, "a <mask>a", NULL, 0), "0 13 20 13 2");
    assert_string_equal(ids(t, "a<r>  a", NULL, 0), "0 13 21 13 2");
    assert_string_equal(ids(t, "bb bbc bb", NULL, 0), "0 22 7 5 11 7 22 2");
    mc_tokenizer_close(t);
}

static void refusals(void **state) {
    put(*state, "merges.txt", "b c\na x\n");
    refused(*state, "merges.txt: line 2", "'x' is not in the vocabulary");
    put(*state, "merges.txt", "b c\nc b\n");
    refused(*state, "merges.txt: line 2", "'cb' is not in the vocabulary");
    put(*state, "merges.txt", "b c\n\n");
    refused(*state, "merges.txt: line 2", "two pieces");
    put(*state, "merges.txt", "b c d\n");
    refused(*state, "merges.txt: line 1", "two pieces");
    put(*state, "merges.txt", "b \xff\n");
    refused(*state, "merges.txt", "UTF-8");
    put(*state, "merges.txt", merges);
    put(*state, "vocab.txt", "[UNK]\n");
    refused(*state, "vocab.txt", "vocab.json");
    put(*state, "vocab.txt", NULL);
    put(*state, "vocab.json", "{\"a\": 0, \"b\": 1, \"c\": 1}");
    refused(*state, "vocab.json", "pieces 'b' and 'c' have one id, 1");
    put(*state, "vocab.json", "{\"a\": -1}");
    refused(*state, "vocab.json", "'a' has no id");
    put(*state, "vocab.json", "{}");
    refused(*state, "vocab.json", "without a piece");
    put(*state, "vocab.json", "[]");
    refused(*state, "vocab.json", "no JSON object");
    put(*state, "vocab.json", VOCAB);
    put(*state, "merges.txt", NULL);
    struct mc_error e = {0};
    struct mc_tokenizer *t;
    assert_int_equal(mc_tokenizer_open(&t, *state, &e), MC_ERR_IO);
    assert_non_null(strstr(e.text, "merges.txt"));
    put(*state, "vocab.json", NULL);

    static const struct {
        const char *json, *word;
    } bad[] = {
        {JSON("", "{\"type\": \"Whitespace\"}", MODEL, ROBERTA), "pre_tokenizer Whitespace"},
        {JSON("", "null", MODEL, ROBERTA), "pre_tokenizer null"},
        {JSON("", "{\"type\": \"ByteLevel\"}", MODEL, ROBERTA), "no add_prefix_space"},
        {JSON("", SEQUENCE("x", BYTE_LEVEL("true", "false")), MODEL, ROBERTA), "pattern"},
        {JSON("", SEQUENCE(GPT2, BYTE_LEVEL("true", "true")), MODEL, ROBERTA), "splits again"},
        {JSON("", SEQUENCE(GPT2, "{\"type\": \"Digits\"}"), MODEL, ROBERTA), "Digits"},
        {JSON("", BYTE_LEVEL("true", "true"), MODEL, "{\"type\": \"ByteLevel\"}"),
         "post_processor ByteLevel"},
        {JSON("", BYTE_LEVEL("true", "true"), MODEL ", \"byte_fallback\": true", ROBERTA),
         "byte_fallback"},
        {JSON("", BYTE_LEVEL("true", "true"), MODEL ", \"dropout\": 0.1", ROBERTA), "dropout"},
        {JSON("", BYTE_LEVEL("true", "true"), MODEL ", \"end_of_word_suffix\": \"</w>\"", ROBERTA),
         "end_of_word_suffix"},
        {JSON("", BYTE_LEVEL("true", "true"), MODEL ", \"unk_token\": \"?\"", ROBERTA), "'?'"},
        {JSON("", BYTE_LEVEL("true", "true"),
              "\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [[\"a\"]]", ROBERTA),
         "merge 1: no pair"},
        {JSON("", BYTE_LEVEL("true", "true"),
              "\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"a b\"]", ROBERTA),
         "merge 1: piece 'b'"},
        {JSON("", BYTE_LEVEL("true", "true"),
              "\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 0}, \"merges\": []", ROBERTA),
         "have one id, 0"},
        {"{\"model\": {" MODEL "}, \"normalizer\": {\"type\": \"NFC\"}}", "normalizer NFC"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put(*state, "tokenizer.json", bad[i].json);
        refused(*state, "tokenizer.json", bad[i].word);
    }
}

static void threads(void **state) { same_in_threads(*state, "abc's abc  <mask> \xc3\xa9 1"); }

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pieces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(classes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pairs_and_cuts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(configuration, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_and_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(variants, set_up, tear_down),
        cmocka_unit_test_setup_teardown(added_tokens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(threads, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
