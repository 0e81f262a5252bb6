// Templates: what is one, what stands in the encoded string, what a length leaves of the texts, and
// the targets of labels. tests/parity/templates.py compares the same with transformers.

#include "tokdir.h"
#include "mc/template.h"

// Ids: letters a to d 4 to 7, a space \u0120 8, "ab" 9, " ab" 10, the word "abcd" 11, braces
// 12, 13.
#define SPACE "\xc4\xa0"
#define VOCAB                                                                                      \
    "{\"<s>\":0,\"<pad>\":1,\"</s>\":2,\"<unk>\":3,\"a\":4,\"b\":5,\"c\":6,\"d\":7,\"" SPACE       \
    "\":8,\"ab\":9,\"" SPACE "ab\":10,\"abcd\":11,\"{\":12,\"}\":13,\"cd\":14,\"<mask>\":15}"
#define MERGES "a b\n" SPACE " ab\nc d\nab cd\n"

static struct mc_tokenizer *tok;
static struct mc_error e;

static int set_up(void **state) {
    put(make_dir(state), "vocab.json", VOCAB);
    put(*state, "merges.txt", MERGES);
    tok = open_dir(*state);
    return 0;
}

static int close_all(void **state) {
    mc_tokenizer_close(tok);
    return tear_down(state);
}

static const char *listed(const struct mc_encoding *x) {
    static char out[1024];
    size_t at = 0;
    out[0] = 0;
    for (int64_t i = 0; i < x->n; i++)
        at += (size_t)snprintf(out + at, sizeof out - at, i ? " %d" : "%d", x->ids[i]);
    return out;
}

// The ids of a source with its texts, or the error.
static const char *source(const char *template, const char *one, const char *two, int64_t max) {
    static char out[1100];
    struct mc_template p;
    struct mc_encoding x = {0};
    const char *const text[] = {one, two};
    const size_t len[] = {strlen(one), two ? strlen(two) : 0};
    assert_int_equal(mc_template_source(&p, template, &e), 0);
    assert_int_equal(p.n_texts, two ? 2 : 1);
    int rc = mc_template_encode(&p, tok, text, len, max, &x, &e);
    if (rc < 0) assert_int_equal(rc, MC_ERR_INPUT);
    snprintf(out, sizeof out, "%s", rc < 0 ? e.text : listed(&x));
    mc_template_release(&p);
    mc_encoding_release(&x);
    return out;
}

static void filled(void **state) {
    (void)state;
    assert_string_equal(source("{1}", "ab", NULL, 0), "0 9 2");
    assert_string_equal(source("{1}", "", NULL, 0), "0 2");
    assert_string_equal(source("b{1}", " ab", NULL, 0), "0 5 10 2");
    assert_string_equal(source("a{1}d", "b", NULL, 0), "0 9 7 2"); // pieces reach over the edges
    assert_string_equal(source("{2}{1}", "b", "a", 0), "0 9 2");
    assert_string_equal(source("{1} {1}", "ab", NULL, 0), "0 9 10 2");
    assert_string_equal(source("{{{1}}}", "a", NULL, 0), "0 12 4 13 2");
    assert_string_equal(source("{1}{{1}}", "a", NULL, 0), "0 4 12 13 2"); // "1" is no piece
    assert_string_equal(source("<mask>{1}", "a", NULL, 0), "0 15 4 2");
    assert_string_equal(source("a</s>{1}", "b<mask>", NULL, 0), "0 4 2 5 15 2");
    assert_string_equal(source("<ma{1}", "sk>", NULL, 0), "0 15 2"); // one string
    assert_string_equal(source("{1}", "{2}", NULL, 0), "0 12 13 2"); // texts are no templates
}

static void cut(void **state) {
    (void)state;
    assert_string_equal(source("c{1}", "abab", NULL, 5), "0 6 9 9 2");
    assert_string_equal(source("c{1}", "abab", NULL, 4), "0 6 9 2");
    assert_string_equal(source("c{1}", "abab", NULL, 3), "0 6 2");
    assert_string_equal(source("c{1}", "abab", NULL, 2),
                        "the template alone has 3 tokens, --max-len is 2");
    assert_string_equal(source("{1}c", "dddddd", NULL, 5), "0 7 7 6 2");
    assert_string_equal(source("{1}c{1}", "aaaaaa", NULL, 6), "0 4 6 4 2");    // both places alike
    assert_string_equal(source("{1}c", "\xc3\xa9\xc3\xa9", NULL, 3), "0 6 2"); // no pieces at all
    // a word that is one piece is kept, though its beginning needs more
    assert_string_equal(source("{1}", "d abc", NULL, 5), "0 7 10 6 2");
    assert_string_equal(source("{1}", "abcd d", NULL, 3), "0 11 2");
    assert_string_equal(source("{1}", "dddabcddddd", NULL, 6), "0 7 7 7 11 2");
    // the longer alone, as long as the other is no more than half
    assert_string_equal(source("{1}{{{2}", "aaaa", "d", 6), "0 4 4 12 7 2");
    assert_string_equal(source("{1}{{{2}", "d", "aaaa", 6), "0 7 12 4 4 2");
    // both: floor of the half for the other, the second of equals is the longer
    assert_string_equal(source("{1}{{{2}", "aaaa", "dddd", 8), "0 4 4 12 7 7 7 2");
    assert_string_equal(source("{1}{{{2}", "aaaa", "ddd", 8), "0 4 4 4 12 7 7 2");
    assert_string_equal(source("{1}{{{2}", "aaaa", "dddd", 4), "0 12 7 2");
    assert_string_equal(source("{1}{{{2}", "aaaa", "dddd", 3), "0 12 2");
    // the text that does not stand in the template is none to cut
    assert_string_equal(source("{2}", "aaaaaaaa", "ddd", 4), "0 7 7 2");
}

static void cut_on_the_left(void **state) {
    mc_tokenizer_close(tok);
    put(*state, "tokenizer_config.json", "{\"truncation_side\": \"left\"}");
    tok = open_dir(*state);
    assert_string_equal(source("c{1}", "aaadd", NULL, 6), "0 6 4 7 7 2");
    assert_string_equal(source("{1}d", "d abcd", NULL, 4), "0 11 7 2");
    assert_string_equal(source("{1}", "a\xc3\xa9", NULL, 2), "0 2");
}

static void no_template(int (*parse)(struct mc_template *, const char *, struct mc_error *),
                        const char *template, const char *word) {
    struct mc_template p;
    assert_int_equal(parse(&p, template, &e), MC_ERR_USAGE);
    if (!strstr(e.text, word)) fail_msg("no '%s' in: %s", word, e.text);
}

static void bad_templates(void **state) {
    (void)state;
    no_template(mc_template_source, "", "no field");
    no_template(mc_template_source, "a {{1}}", "no field");
    no_template(mc_template_source, "{1", "not closed");
    no_template(mc_template_source, "{1{2}", "not closed");
    no_template(mc_template_source, "{1}{", "not closed");
    no_template(mc_template_source, "{1}}", "closing brace");
    no_template(mc_template_source, "}{1}", "closing brace");
    no_template(mc_template_source, "{}", "{} is no field");
    no_template(mc_template_source, "{3}", "{3} is no field");
    no_template(mc_template_source, "{1 }", "{1 } is no field");
    no_template(mc_template_source, "{1} {label}", "{label} is no field");
    no_template(mc_template_target, "{1}", "{1} is no field");
    no_template(mc_template_target, "{label} {2}", "{2} is no field");
    no_template(mc_template_target, "{labels}", "{labels} is no field");
    no_template(mc_template_target, "yes", "no field");
}

static int finish(const char *template, char **names, int n, int64_t max, struct mc_tokens *t) {
    struct mc_template p;
    *t = (struct mc_tokens){.n_labels = n, .labels = calloc(1, 4)};
    t->label_names = calloc((size_t)n, sizeof *t->label_names);
    for (int i = 0; i < n; i++) t->label_names[i] = strdup(names[i]);
    assert_int_equal(mc_template_target(&p, template, &e), 0);
    int rc = mc_template_finish(&p, tok, max, t, &e);
    mc_template_release(&p);
    return rc;
}

static void labels(void **state) {
    (void)state;
    char *names[] = {"a", "ab", "b"}, *alike[] = {"c", "a", "cx", "b"};
    struct mc_tokens t;
    assert_int_equal(finish("<mask>{label}", names, 3, 4, &t), 0);
    const int32_t want[] = {0, 15, 4, 2, 0, 15, 9, 2, 0, 15, 5, 2};
    assert_memory_equal(t.label_target_ids, want, sizeof want);
    assert_int_equal(t.label_target_offset[3], 12);
    assert_int_equal(t.max_target, 4);
    assert_string_equal(t.decoder, "byte-level");
    assert_int_equal(t.n_pieces, 16);
    assert_string_equal(t.pieces + 4, "a"); // the special tokens are empty
    mc_tokens_release(&t);
    assert_int_equal(finish("<mask>{label}", names, 3, 3, &t), MC_ERR_INPUT);
    assert_string_equal(e.text, "label 'a': a target of 4 tokens, --max-target is 3");
    mc_tokens_release(&t);
    assert_int_equal(finish("{label}", alike, 4, 0, &t), MC_ERR_INPUT); // "x" is no piece
    assert_string_equal(e.text, "labels 'c' and 'cx' have the same target");
    mc_tokens_release(&t);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, close_all)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(filled), TEST(cut), TEST(cut_on_the_left), TEST(bad_templates), TEST(labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
