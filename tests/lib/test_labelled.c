// Labelled files: what is a row, what is an error, and on which line.
#include "temp.h"

#include "mc/labelled.h"

// All of a file as "line:text|text=label;"; an error ends it as "!what".
static const char *all(const char *text, size_t n, struct mc_labelled_options o) {
    static char out[4096];
    struct mc_labelled *r;
    struct mc_row row;
    struct mc_error e = {0};
    spill(text, n);
    size_t at = 0;
    out[0] = 0;
    int rc = mc_labelled_open(&r, path, &o, &e);
    while (rc >= 0 && (rc = mc_labelled_next(r, &row, &e)) > 0) {
        at += (size_t)snprintf(out + at, sizeof out - at, "%lld:", (long long)row.line);
        for (int i = 0; i < row.n_texts; i++) {
            assert_int_equal(strlen(row.text[i]), row.text_len[i]);
            at += (size_t)snprintf(out + at, sizeof out - at, "%s%s", i ? "|" : "", row.text[i]);
        }
        at += (size_t)snprintf(out + at, sizeof out - at, "%s%s;", row.label ? "=" : "",
                               row.label ? row.label : "");
    }
    if (rc < 0) {
        if (rc != MC_ERR_USAGE) assert_memory_equal(e.text, path, strlen(path));
        snprintf(out + at, sizeof out - at, "!%s",
                 rc == MC_ERR_USAGE ? e.text : e.text + strlen(path) + 2);
    }
    mc_labelled_close(r);
    return out;
}

#define ALL(text, ...) all(text, sizeof text - 1, (struct mc_labelled_options){__VA_ARGS__})
#define BEGINS(got, want) assert_memory_equal(got, want, strlen(want))

static void tsv(void **state) {
    (void)state;
    assert_string_equal(ALL("a\tx\nb\ty\n", .format = MC_LABELLED_TSV), "1:a=x;2:b=y;");
    assert_string_equal(ALL("a\tb\tx\n\t\ty", .format = MC_LABELLED_TSV), "1:a|b=x;2:|=y;");
    assert_string_equal(ALL("a \"q\" ,\tx\r\nb\rc\ty\r\n", .format = MC_LABELLED_TSV),
                        "1:a \"q\" ,=x;2:b\rc=y;");
    assert_string_equal(ALL("a\tx\r", .format = MC_LABELLED_TSV),
                        "!line 1: a control character in the label");
    assert_string_equal(ALL("\xef\xbb\xbf"
                            "a\tx\n\xef\xbb\xbf"
                            "b\tx\n",
                            .format = MC_LABELLED_TSV),
                        "1:a=x;2:\xef\xbb\xbf"
                        "b=x;");
    assert_string_equal(ALL("a\n\nb\tc\n", .no_label = true),
                        "1:a;2:;!line 3: 2 columns, the first row has 1");
    BEGINS(ALL("a\tx\nb\n", .no_label = false), "1:a=x;!line 2: 1 column,");
    BEGINS(ALL("a\n"), "!line 1: 1 column: no text");
    BEGINS(ALL("a\tb\tc\td\n"), "!line 1: 4 columns");
    assert_string_equal(ALL("a\t\n"), "!line 1: empty label");
    assert_string_equal(ALL(""), "!no rows");
    assert_string_equal(ALL("\xef\xbb\xbf"), "!no rows");
    assert_string_equal(ALL("\n"), "!line 1: 1 column: no text beside the label");
}

static void bad_bytes(void **state) {
    (void)state;
    assert_string_equal(ALL("a\tx\na\0\tx\n"), "1:a=x;!line 2: byte 2: a NUL byte");
    assert_string_equal(ALL("a\tx\xff\n"), "!line 1: byte 4: not valid UTF-8");
    assert_string_equal(ALL("\xed\xbf\xbf\tx\n"), "!line 1: byte 1: not valid UTF-8");
}

static void header(void **state) {
    (void)state;
    assert_string_equal(ALL("s\tlabel\na\tx\n", .header = true), "2:a=x;");
    assert_string_equal(ALL("i\ts\tt\ty\n1\ta\tb\tx\n", .text = "t,s", .label = "y"), "2:b|a=x;");
    assert_string_equal(ALL("y\ts\nx\ta\n", .label = "y"), "2:a=x;");
    assert_string_equal(ALL("s\tt\na\tb\n", .text = "t", .no_label = true), "2:b;");
    BEGINS(ALL("s\tLaBeL\na\tx\n"), "!line 1: the last cell is the word label");
    BEGINS(ALL("s\ty\na\tx\n", .text = "q"), "!line 1: no column 'q'");
    BEGINS(ALL("s\ts\ty\na\tb\tx\n", .text = "s"), "!line 1: column 's' stands more than once");
    BEGINS(ALL("s\ty\na\tx\n", .text = "y"), "!line 1: column 'y' is both");
    BEGINS(ALL("s\ty\na\n", .header = true), "!line 2: 1 column, the first row has 2");
    assert_string_equal(ALL("s\ty\n", .header = true), "!no rows");
    BEGINS(ALL("s\ty\n", .text = "a,b,c"), "!--text: at most two");
    BEGINS(ALL("s\ty\n", .text = "a,"), "!--text: an empty");
    BEGINS(ALL("s\ty\n", .label = "a", .no_label = true), "!a label column and no label");
}

static void csv(void **state) {
    (void)state;
    struct mc_labelled_options o = {.format = MC_LABELLED_CSV};
    const char text[] = "\"a, \"\"b\"\"\n\nc\",x\r\n\"\",\"y\"\nd\te,z";
    assert_string_equal(all(text, sizeof text - 1, o), "1:a, \"b\"\n\nc=x;4:=y;5:d\te=z;");
    assert_string_equal(ALL("a,b,x\n", .format = MC_LABELLED_CSV), "1:a|b=x;");
    assert_string_equal(ALL("a,x\n\"b,y\nc,z\n", .format = MC_LABELLED_CSV),
                        "1:a=x;!line 2: a quote that is not closed");
    BEGINS(ALL("\"a\"b,x\n", .format = MC_LABELLED_CSV), "!line 1: text behind a closing quote");
    BEGINS(ALL("a\"b,x\n", .format = MC_LABELLED_CSV), "!line 1: a quote inside");
    BEGINS(ALL("s,label\na,x\n", .format = MC_LABELLED_CSV),
           "!line 1: the last cell is the word label");
    assert_string_equal(ALL("\"a\nb\",\"y\"\nc,x\n", .format = MC_LABELLED_CSV, .text = "a\nb"),
                        "3:c=x;");
}

static void json_lines(void **state) {
    (void)state;
    assert_string_equal(ALL("{\"text\":\"a\\n\\u00e9\",\"label\":\"x\"}\n{\"label\":-3,\"text\":"
                            "\"\",\"n\":99999999999999999999}",
                            .format = MC_LABELLED_JSONL),
                        "1:a\n\xc3\xa9=x;2:=-3;");
    assert_string_equal(ALL("{\"p\":\"a\",\"q\":\"b\"}\n", .format = MC_LABELLED_JSONL,
                            .text = "q,p", .no_label = true),
                        "1:b|a;");
    BEGINS(ALL("\n", .format = MC_LABELLED_JSONL), "!line 1: not JSON");
    BEGINS(ALL("[1]\n", .format = MC_LABELLED_JSONL), "!line 1: no JSON object");
    BEGINS(ALL("{\"text\":\"a\"}\n", .format = MC_LABELLED_JSONL), "!line 1: no key 'label'");
    BEGINS(ALL("{\"text\":1,\"label\":\"x\"}\n", .format = MC_LABELLED_JSONL),
           "!line 1: the value of 'text' is no string");
    BEGINS(ALL("{\"text\":\"\\ud800\",\"label\":\"x\"}\n", .format = MC_LABELLED_JSONL),
           "!line 1: not JSON");
    BEGINS(ALL("{\"text\":\"a\",\"text\":\"b\",\"label\":\"x\"}\n", .format = MC_LABELLED_JSONL),
           "!line 1: not JSON");
    BEGINS(ALL("{}\n", .format = MC_LABELLED_JSONL, .header = true), "!JSON lines have no header");
}

static void plain(void **state) {
    (void)state;
    assert_string_equal(ALL("a\tb\r\n\n\"c", .format = MC_LABELLED_PLAIN), "1:a\tb;2:;3:\"c;");
}

// A bad row does not end the reading; the digest is of all bytes.
static void recovery(void **state) {
    (void)state;
    static const char text[] = "a\tx\nbad\n\xff\ty\nb\ty\n";
    spill(text, sizeof text - 1);
    struct mc_labelled *r;
    struct mc_row row;
    struct mc_error e;
    struct mc_labelled_options o = {.format = MC_LABELLED_TSV};
    assert_int_equal(mc_labelled_open(&r, path, &o, &e), 0);
    assert_int_equal(mc_labelled_next(r, &row, &e), 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(mc_labelled_next(r, &row, &e), MC_ERR_INPUT);
        assert_true(mc_labelled_recoverable(r));
    }
    assert_int_equal(mc_labelled_next(r, &row, &e), 1);
    assert_int_equal(row.line, 4);
    assert_int_equal(mc_labelled_next(r, &row, &e), 0);
    char digest[MC_DIGEST_TEXT], want[MC_DIGEST_TEXT];
    mc_labelled_digest(r, digest);
    struct mc_digest *g = mc_digest_new(&e);
    mc_digest_data(g, text, sizeof text - 1);
    mc_digest_end(g, want);
    assert_string_equal(digest, want);
    mc_labelled_close(r);
    assert_int_equal(mc_labelled_open(&r, "/nowhere/x", &o, &e), MC_ERR_IO);
}

// Rows longer than the buffer, cut anywhere.
static void long_rows(void **state) {
    (void)state;
    enum { N = 70000 };
    char *text = malloc(3 * N);
    assert_non_null(text);
    memset(text, 'a', 3 * N);
    memcpy(text + N, "\tx\n", 3);
    memcpy(text + 3 * N - 3, "\ty\n", 3);
    spill(text, 3 * N);
    struct mc_labelled *r;
    struct mc_row row;
    struct mc_error e;
    struct mc_labelled_options o = {.format = MC_LABELLED_TSV};
    assert_int_equal(mc_labelled_open(&r, path, &o, &e), 0);
    assert_int_equal(mc_labelled_next(r, &row, &e), 1);
    assert_int_equal(row.text_len[0], N);
    assert_int_equal(mc_labelled_next(r, &row, &e), 1);
    assert_int_equal(row.text_len[0], 2 * N - 6);
    assert_string_equal(row.label, "y");
    assert_int_equal(mc_labelled_next(r, &row, &e), 0);
    mc_labelled_close(r);
    free(text);
}

// Gold answers: as "a,b" behind the text; the first is the label.
static const char *gold(const char *text, struct mc_labelled_options o) {
    static char out[1024];
    struct mc_labelled *r;
    struct mc_row row;
    struct mc_error e = {0};
    spill(text, strlen(text));
    size_t at = 0;
    out[0] = 0;
    o.answers = true;
    int rc = mc_labelled_open(&r, path, &o, &e);
    while (rc >= 0 && (rc = mc_labelled_next(r, &row, &e)) > 0) {
        assert_string_equal(row.label, row.answers);
        for (int i = 0; i < row.n_texts; i++)
            at += (size_t)snprintf(out + at, sizeof out - at, "%s|", row.text[i]);
        for (const char *p = row.answers; p < row.answers + row.answers_len; p += strlen(p) + 1)
            at += (size_t)snprintf(out + at, sizeof out - at, "%s,", p);
        at += (size_t)snprintf(out + at, sizeof out - at, ";");
    }
    if (rc < 0)
        snprintf(out + at, sizeof out - at, "!%s",
                 rc == MC_ERR_USAGE ? e.text : e.text + strlen(path) + 2);
    mc_labelled_close(r);
    return out;
}
#define GOLD(text, ...) gold(text, (struct mc_labelled_options){__VA_ARGS__})

static void answers(void **state) {
    (void)state;
    assert_string_equal(GOLD("q\ta\tb\nr\tc\n\td\te\tf\n", .n_texts = 1), "q|a,b,;r|c,;|d,e,f,;");
    assert_string_equal(GOLD("q\tr\ta\tb\ns\tt\tc\n", .n_texts = 2), "q|r|a,b,;s|t|c,;");
    BEGINS(GOLD("q\ta\nr\n", .n_texts = 1), "q|a,;!line 2: 1 column: no answer (2 at least)");
    BEGINS(GOLD("q\ta\n", .n_texts = 2), "!line 1: 2 columns: no answer (3 at least)");
    BEGINS(GOLD("q\ta\t\n", .n_texts = 1), "!line 1: empty answer");
    BEGINS(GOLD("q\ta\x01\n", .n_texts = 1), "!line 1: a control character in the answer");
    // with names: what stands before the label is text, what stands behind it answers
    assert_string_equal(GOLD("t\tg\nq\ta\tb\nr\tc\n", .n_texts = 1, .header = true),
                        "q|a,b,;r|c,;");
    assert_string_equal(GOLD("s\tt\tg\nq\tr\ta\tb\n", .n_texts = 1, .label = "g"), "q|r|a,b,;");
    assert_string_equal(GOLD("i\ts\tt\tg\n1\tq\tr\ta\tb\n", .text = "t", .label = "g"), "r|a,b,;");
    assert_string_equal(GOLD("s\tt\tg\nq\tr\ta\tb\n", .text = "t,s"), "r|q|a,b,;");
    BEGINS(GOLD("s\tg\tt\nq\ta\tr\n", .text = "t", .label = "g"),
           "!line 1: column 't' is text, but stands among the answers");
    BEGINS(GOLD("s\tt\tg\nq\tr\n", .text = "s"), "!line 2: 2 columns: no answer (3 at least)");
    BEGINS(GOLD("a\tb\n", .no_label = true), "!answers and no label contradict");
    assert_string_equal(GOLD("q,\"a, b\",c\n", .format = MC_LABELLED_CSV, .n_texts = 1),
                        "q|a, b,c,;");
    assert_string_equal(GOLD("{\"text\":\"q\",\"label\":[\"a\",\"b\"]}\n"
                             "{\"text\":\"r\",\"label\":\"c\"}\n{\"text\":\"s\",\"label\":7}",
                             .format = MC_LABELLED_JSONL),
                        "q|a,b,;r|c,;s|7,;");
    BEGINS(GOLD("{\"text\":\"q\",\"label\":[]}", .format = MC_LABELLED_JSONL),
           "!line 1: the list 'label' holds no answer");
    BEGINS(GOLD("{\"text\":\"q\",\"label\":[\"a\",1]}", .format = MC_LABELLED_JSONL),
           "!line 1: an element of 'label' is no string");
    BEGINS(GOLD("{\"text\":\"q\",\"label\":[\"a\",\"\"]}", .format = MC_LABELLED_JSONL),
           "!line 1: empty answer");
    BEGINS(GOLD("{\"text\":\"q\",\"label\":null}", .format = MC_LABELLED_JSONL),
           "!line 1: the value of 'label' is no string, no list of strings");
}

static void numbers(void **state) {
    (void)state;
    const char text[] = "{\"text\":\"a\",\"label\":0.1}\n{\"text\":\"b\",\"label\":-7}\n"
                        "{\"text\":\"c\",\"label\":\"2.5\"}\n"
                        "{\"text\":\"d\",\"label\":123456789012345678901234567890}\n";
    assert_string_equal(ALL(text, .format = MC_LABELLED_JSONL, .number = true),
                        "1:a=0.10000000000000001;2:b=-7;3:c=2.5;4:d=1.2345678901234568e+29;");
    BEGINS(ALL(text, .format = MC_LABELLED_JSONL),
           "!line 1: the value of 'label' is no string, no whole number, true or false");
    BEGINS(ALL("{\"text\":\"a\",\"label\":null}", .format = MC_LABELLED_JSONL, .number = true),
           "!line 1: the value of 'label' is no string and no number");
    assert_string_equal(ALL("{\"text\":\"a\",\"label\":true}\n{\"text\":\"b\",\"label\":false}",
                            .format = MC_LABELLED_JSONL),
                        "1:a=true;2:b=false;");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tsv),       cmocka_unit_test(bad_bytes),  cmocka_unit_test(header),
        cmocka_unit_test(csv),       cmocka_unit_test(plain),      cmocka_unit_test(recovery),
        cmocka_unit_test(long_rows), cmocka_unit_test(json_lines), cmocka_unit_test(answers),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
