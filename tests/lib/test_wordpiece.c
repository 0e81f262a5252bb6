// Unicode classes and the WordPiece tokenizer: what tests/parity/ids.py compares with transformers,
// in small.

#include "tokdir.h"
#include "mc/unicode.h"

static const char vocab[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhe\n##llo\n##"
                            "l\nhello\ncafe\n\xe4\xb8\xad\n!\n$\nI\n##\xcc\x87\nhello \nx\xc2\xa0";

static int set_up(void **state) {
    most_type = 255;
    put(make_dir(state), "vocab.txt", vocab);
    return 0;
}

static void pieces(void **state) {
    struct mc_tokenizer *t = open_dir(*state);
    assert_string_equal(mc_tokenizer_kind(t), "WordPiece");
    assert_int_equal(mc_tokenizer_id(t, "##llo"), 6);
    assert_int_equal(mc_tokenizer_id(t, "no"), -1);
    assert_int_equal(mc_tokenizer_id(t, "x"),
                     16); // white space at the end of a line is no part of it
    assert_int_equal(mc_tokenizer_id(t, "hello"),
                     15); // of a line that stands twice the last counts
    assert_int_equal(mc_tokenizer_n_special(t, false), 2);
    assert_int_equal(mc_tokenizer_n_special(t, true), 3);
    assert_string_equal(ids(t, "", NULL, 0), "2 3");
    assert_string_equal(ids(t, "Hello  hel\thellox", NULL, 0), "2 15 5 7 1 3");
    assert_string_equal(ids(t, "CAF\xc3\x89!$", NULL, 0), "2 9 11 12 3");
    assert_string_equal(ids(t, "cafe\xcc\x81", NULL, 0), "2 9 3");
    assert_string_equal(ids(t, "he\xe4\xb8\xadhe", NULL, 0),
                        "2 5 10 5 3"); // a Chinese character is a word
    assert_string_equal(ids(t, "he\xe2\x80\x8bllo \x01!", NULL, 0),
                        "2 15 11 3"); // format and control characters vanish
    assert_string_equal(ids(t, "he[MASK]he [mask]", NULL, 0), "2 5 4 5 1 1 1 3");
    mc_tokenizer_close(t);
}

// Marks that stay (they take up room) are put in the order of their classes, however many there are
// and in time that grows no faster than they.
static void many_marks(void **state) {
    enum { N = 30, HUGE_N = 1 << 18 };
    static const char pair[] = "\xe3\x80\xae\xe1\xad\x84"; // classes 224 and 9
    put(*state, "vocab.txt",
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n\xe1\xad\x84\n##\xe1\xad\x84\n##\xe3\x80\xae\n");
    struct mc_tokenizer *t = open_dir(*state);
    char *text = calloc(HUGE_N, 6), want[4096] = "2 5";
    assert_non_null(text);
    for (int i = 0; i < HUGE_N; i++) memcpy(text + 6 * i, pair, 6);
    struct mc_encoding x = {0};
    struct mc_error e = {0};
    assert_int_equal(mc_tokenizer_encode(t, text, 6 * HUGE_N, NULL, 0, 0, &x, &e), 0);
    assert_int_equal(x.n, 3); // too long a word
    mc_encoding_release(&x);
    text[6 * N] = 0;
    for (int i = 1; i < 2 * N; i++) strcat(want, i < N ? " 6" : " 7");
    assert_string_equal(ids(t, text, NULL, 0), strcat(want, " 3"));
    free(text);
    mc_tokenizer_close(t);
}

static void long_words(void **state) {
    struct mc_tokenizer *t = open_dir(*state);
    char word[2 + 200] = "he";
    memset(word + 2, 'l', 98);
    word[100] = 0;
    assert_int_equal(strncmp(ids(t, word, NULL, 0), "2 5 7 7", 7), 0);
    strcat(word, "l"); // 101 characters
    assert_string_equal(ids(t, word, NULL, 0), "2 1 3");
    mc_tokenizer_close(t);
}

static void cut(void **state) {
    struct mc_tokenizer *t = open_dir(*state);
    assert_string_equal(ids(t, "he he he", NULL, 4), "2 5 5 3");
    assert_string_equal(ids(t, "he he he", "! !", 7), "2 5 5 3 11 11 3");
    assert_string_equal(ids(t, "he he he", "! ! ! !", 8),
                        "2 5 5 3 11 11 11 3"); // the longer keeps the odd one
    assert_string_equal(ids(t, "he he he he", "! ! !", 8), "2 5 5 5 3 11 11 3");
    assert_string_equal(ids(t, "he he", "! !", 6), "2 5 3 11 11 3"); // of equals the second
    struct mc_encoding x = {0};
    struct mc_error e;
    assert_int_equal(mc_tokenizer_encode(t, "a", 1, NULL, 0, 2, &x, &e), MC_ERR_USAGE);
    assert_int_equal(mc_tokenizer_encode(t, "he he", 5, NULL, 0, 3, &x, &e), 0);
    assert_int_equal(x.n, 3);
    assert_int_equal(x.n_full, 4);
    assert_int_equal(mc_tokenizer_encode(t, "a\xff", 2, NULL, 0, 0, &x, &e), MC_ERR_INPUT);
    mc_encoding_release(&x);
    mc_tokenizer_close(t);
}

static void configuration(void **state) {
    struct mc_tokenizer *t = open_dir(*state);
    char plain[MC_DIGEST_TEXT];
    strcpy(plain, mc_tokenizer_digest(t));
    mc_tokenizer_close(t);
    put(*state, "tokenizer_config.json",
        "{\"do_lower_case\": false, \"model_max_length\": 1000000000000000019884624838656}");
    put(*state, "config.json", "{\"model_type\": \"bert\", \"max_position_embeddings\": 512}");
    t = open_dir(*state);
    assert_string_not_equal(mc_tokenizer_digest(t), plain);
    assert_string_equal(ids(t, "I i CAFE cafe cafe\xcc\x81", NULL, 0), "2 13 1 1 9 1 3");
    assert_int_equal(mc_tokenizer_max_len(t), 512);
    mc_tokenizer_close(t);
    put(*state, "tokenizer_config.json", "{\"strip_accents\": false}");
    t = open_dir(*state);
    assert_string_equal(ids(t, "CAFE\xcc\x81 he\xcc\x87", NULL, 0), "2 1 5 14 3");
    mc_tokenizer_close(t);
    put(*state, "tokenizer_config.json", "{\"additional_special_tokens\": [\"<e>\", \"he\"]}");
    t = open_dir(*state);
    assert_int_equal(mc_tokenizer_size(t), 17);
    assert_string_equal(ids(t, "a<e>he x", NULL, 0),
                        "2 1 16 5 16 3"); // a new id is the number of different pieces
    mc_tokenizer_close(t);
}

static void refusals(void **state) {
    put(*state, "tokenizer_config.json", "{\"do_lower_case\": 1}");
    refused(*state, "", "do_lower_case");
    put(*state, "tokenizer_config.json", "{\"tokenizer_class\": \"XLNetTokenizer\"}");
    refused(*state, "", "XLNetTokenizer");
    put(*state, "tokenizer_config.json", "[1]");
    refused(*state, "", "no JSON object");
    put(*state, "tokenizer_config.json", "{\"model_specific_special_tokens\": {\"a\": [\"<i>\"]}}");
    refused(*state, "", "special token");
    put(*state, "tokenizer_config.json",
        "{\"added_tokens_decoder\": {\"99\": {\"content\": \"<e>\"}}}");
    refused(*state, "", "99");
    put(*state, "tokenizer_config.json", "{}");
    put(*state, "vocab.txt", "a\n\xff\n");
    refused(*state, "", "UTF-8");
    put(*state, "tokenizer.json", "{\"model\": {\"type\": \"WordLevel\"}}");
    refused(*state, "", "WordLevel");
    put(*state, "tokenizer.json",
        "{\"model\": {\"type\": \"WordPiece\", \"vocab\": {\"[UNK]\": 99999999999}}, "
        "\"normalizer\": "
        "{\"type\": \"BertNormalizer\"}, \"pre_tokenizer\": {\"type\": \"BertPreTokenizer\"}}");
    refused(*state, "", "has no id");
}

// tokenizer.json taken as it is, with added tokens of every flag.
static void added_tokens(void **state) {
    put(*state, "tokenizer.json",
        "{\"model\": {\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\", \"vocab\": {\"[UNK]\": 0, "
        "\"he\": 1, \".\": 2}},"
        "\"normalizer\": {\"type\": \"BertNormalizer\"}, \"pre_tokenizer\": {\"type\": "
        "\"BertPreTokenizer\"},"
        "\"added_tokens\": [{\"id\": 3, \"content\": \"<l>\", \"lstrip\": true, \"normalized\": "
        "false},"
        "{\"id\": 4, \"content\": \"<r>\", \"rstrip\": true, \"normalized\": false},"
        "{\"id\": 5, \"content\": \"Web\", \"single_word\": true, \"normalized\": true},"
        "{\"id\": 6, \"content\": \"<l>he\", \"normalized\": false}],"
        "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"Sequence\": "
        "{\"id\": \"A\", \"type_id\": 0}}],"
        "\"pair\": [{\"Sequence\": {\"id\": \"B\", \"type_id\": 1}}, {\"SpecialToken\": {\"id\": "
        "\"x\", \"type_id\": 2}},"
        "{\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}], \"special_tokens\": {\"x\": {\"ids\": "
        "[2, 0]}}}}");
    struct mc_tokenizer *t = open_dir(*state);
    assert_string_equal(ids(t, "he <l> he <r> .", NULL, 0), "1 3 1 4 2");
    assert_string_equal(ids(t, "<l>he<l>h", NULL, 0), "6 3 0"); // the longest at a place
    assert_string_equal(ids(t,
                            "WEB w\xc3\xa9"
                            "b webs xweb .web",
                            NULL, 0),
                        "5 5 0 0 2 5");
    assert_string_equal(ids(t, "he", ".", 0), "2 2 0 1");
    assert_int_equal(mc_tokenizer_n_special(t, true), 2);
    mc_tokenizer_close(t);
}

static void unicode(void **state) {
    (void)state;
    uint32_t c, to[MC_NFD_MAX];
    assert_int_equal(mc_utf8_check("a\xc3\xa9\xf0\x9f\x98\x80", 7), 7);
    assert_int_equal(mc_utf8_check("a\xed\xa0\x80", 4), 1); // a surrogate
    assert_int_equal(mc_utf8_check("\xc0\xaf", 2), 0);      // overlong
    assert_int_equal(mc_utf8_check("\xe0\x80\xaf", 3), 0);
    assert_int_equal(mc_utf8_check("\xf4\x90\x80\x80", 4), 0); // beyond the last code point
    assert_int_equal(mc_utf8_check("ab\xe2\x82", 4), 2);       // cut short
    for (uint32_t i = 0; i < 0x110000; i++) {
        if (i >= 0xd800 && i < 0xe000) continue;
        char b[4];
        int k = mc_utf8_write(i, b);
        assert_int_equal(mc_utf8_read(b, (size_t)k, &c), k);
        assert_int_equal(c, i);
        assert_true(mc_cp_nfd(i, to) >= 1 && mc_cp_lower(i, to) >= 1);
    }
    assert_int_equal(mc_cp_nfd(0xe9, to), 2);
    assert_int_equal(to[1], 0x301);
    assert_int_equal(mc_cp_lower(0x130, to), 2);
    assert_true(mc_cp_class('$') & MC_CP_PUNCT);
    assert_false(mc_cp_class(0x20ac) & MC_CP_PUNCT); // only ASCII symbols count as punctuation
    assert_true(mc_cp_class(0xfffd) & MC_CP_CONTROL);
    assert_false(mc_cp_class('\t') & MC_CP_CONTROL);
}

static void threads(void **state) { same_in_threads(*state, "hello caf\xc3\xa9 [MASK]!"); }

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unicode),
        cmocka_unit_test_setup_teardown(pieces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_marks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(configuration, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(added_tokens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(threads, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
