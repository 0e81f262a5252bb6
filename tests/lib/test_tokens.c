// Token sets: written and read back, and every document that is none.
#include "temp.h"

#include "mc/tokens.h"

static struct mc_error e;

static struct mc_tokens build_set(const char *const *labels, int n, const char *fixed) {
    struct mc_tokens_builder c = {0};
    struct mc_tokens t;
    if (fixed) assert_int_equal(mc_tokens_builder_labels(&c, fixed, &e), 0);
    for (int i = 0; i < n; i++) {
        const int32_t ids[] = {2, 100 + i, 3};
        const uint8_t types[] = {0, 0, (uint8_t)(i & 1)};
        assert_int_equal(mc_tokens_builder_add(&c, ids, types, 2 + i % 2, 10 * i + 1,
                                               labels ? labels[i] : NULL, &e),
                         0);
    }
    assert_int_equal(mc_tokens_builder_finish(&c, &t, &e), 0);
    return t;
}

static void write_set(const struct mc_tokens *t) {
    struct mc_writer *w;
    assert_int_equal(mc_writer_open(&w, path, 1, NULL, &e), 0);
    assert_int_equal(mc_tokens_write(t, w, &e), 0);
    assert_int_equal(mc_writer_close(w, &e), 0);
}

static void round_trip(void **state) {
    (void)state;
    const char *labels[] = {"b", "a", "c", "a", "B"};
    struct mc_tokens t = build_set(labels, 5, NULL), u;
    assert_int_equal(t.n_labels, 4);
    assert_string_equal(t.label_names[0], "B");
    const int32_t want[] = {2, 1, 3, 1, 0};
    assert_memory_equal(t.labels, want, sizeof want);
    t.task = strdup("x");
    write_set(&t);
    assert_int_equal(mc_tokens_read(&u, path, NULL, &e), 0);
    assert_int_equal(u.n, 5);
    assert_memory_equal(u.offset, t.offset, 6 * sizeof *t.offset);
    assert_memory_equal(u.ids, t.ids, (size_t)t.offset[5] * sizeof *t.ids);
    assert_memory_equal(u.types, t.types, (size_t)t.offset[5]);
    assert_memory_equal(u.labels, want, sizeof want);
    assert_memory_equal(u.lines, t.lines, 5 * sizeof *t.lines);
    assert_string_equal(u.label_names[3], "c");
    assert_string_equal(u.task, "x");
    assert_null(u.tokenizer);
    assert_int_equal(u.max_len, 3);
    assert_int_equal(strlen(u.digest), 32);
    mc_tokens_release(&t);
    mc_tokens_release(&u);
}

static void unlabelled(void **state) {
    (void)state;
    struct mc_tokens t = build_set(NULL, 2000, NULL), u;
    assert_null(t.labels);
    write_set(&t);
    assert_int_equal(mc_tokens_read(&u, path, NULL, &e), 0);
    assert_int_equal(u.n, 2000);
    assert_null(u.labels);
    assert_null(u.label_names);
    mc_tokens_release(&t);
    mc_tokens_release(&u);
}

static void fixed_labels(void **state) {
    (void)state;
    const char *labels[] = {"b"};
    struct mc_tokens t = build_set(labels, 1, "c,b,a");
    assert_int_equal(t.n_labels, 3);
    assert_int_equal(t.labels[0], 1);
    mc_tokens_release(&t);
    struct mc_tokens_builder c = {0};
    const int32_t id = 1;
    const uint8_t type = 0;
    assert_int_equal(mc_tokens_builder_labels(&c, "ab,a", &e), 0); // one begins the other
    assert_int_equal(mc_tokens_builder_add(&c, &id, &type, 1, 1, "abc", &e), MC_ERR_INPUT);
    assert_int_equal(mc_tokens_builder_add(&c, &id, &type, 1, 1, "a", &e), 0);
    assert_int_equal(mc_tokens_builder_add(&c, &id, &type, 0, 1, "a", &e), MC_ERR_INPUT);
    assert_int_equal(c.t.n, 1);
    mc_tokens_builder_release(&c);
    assert_int_equal(mc_tokens_builder_labels(&c, "a,b,a", &e), MC_ERR_USAGE);
    mc_tokens_builder_release(&c);
    assert_int_equal(mc_tokens_builder_labels(&c, "a,", &e), MC_ERR_USAGE);
    mc_tokens_builder_release(&c);
}

// A text-to-text set of 1500 examples, collected one by one: with labels, or with answers.
static struct mc_tokens collect_targets(bool labels) {
    struct mc_tokens_builder c = {0};
    struct mc_tokens t;
    for (int i = 0; i < 1500; i++) {
        const int32_t ids[] = {4 + i % 2, 1}, target[] = {7, 8 + i % 2, 1};
        const uint8_t types[] = {0, 0};
        char answers[16] = "x\0y";
        const char *label = !labels ? NULL : i % 2 ? "yes" : "no";
        assert_int_equal(mc_tokens_builder_add(&c, ids, types, 2, i + 1, label, &e), 0);
        assert_int_equal(mc_tokens_builder_target(&c, target, 3, &e), 0);
        if (!labels) assert_int_equal(mc_tokens_builder_answers(&c, answers, i % 2 ? 4 : 2, &e), 0);
    }
    assert_int_equal(mc_tokens_builder_finish(&c, &t, &e), 0);
    t.pieces = strdup("a");
    t.pieces_bytes = 2;
    t.n_pieces = 1;
    t.decoder = strdup("metaspace");
    if (!labels) return t;
    static const int32_t target[] = {7, 8, 1, 7, 9, 1};
    static const int64_t offset[] = {0, 3, 6};
    t.label_target_ids = malloc(sizeof target);
    t.label_target_offset = malloc(sizeof offset);
    memcpy(t.label_target_ids, target, sizeof target);
    memcpy(t.label_target_offset, offset, sizeof offset);
    return t;
}

static void targets(void **state) {
    (void)state;
    struct mc_tokens t = collect_targets(true), u;
    write_set(&t);
    assert_int_equal(mc_tokens_read(&u, path, NULL, &e), 0);
    assert_true(mc_tokens_t2t(&u));
    assert_int_equal(u.max_target, 3);
    assert_memory_equal(u.target_offset, t.target_offset, 1501 * sizeof *t.target_offset);
    assert_memory_equal(u.target_ids, t.target_ids, 4500 * sizeof *t.target_ids);
    assert_memory_equal(u.label_target_ids, t.label_target_ids, 6 * sizeof *t.target_ids);
    assert_int_equal(u.label_target_offset[2], 6);
    assert_string_equal(u.pieces, "a");
    assert_int_equal(u.pieces_bytes, 2);
    assert_int_equal(u.n_pieces, 1);
    assert_string_equal(u.decoder, "metaspace");
    assert_null(u.answers);
    assert_null(u.values);
    mc_tokens_release(&u);
    t.target_ids[5] = 10; // no label's
    write_set(&t);
    assert_int_equal(mc_tokens_read(&u, path, NULL, &e), MC_ERR_INPUT);
    assert_non_null(strstr(e.text, "example 1: its target is not its label's"));
    mc_tokens_release(&t);
}

static void answers(void **state) {
    (void)state;
    struct mc_tokens t = collect_targets(false), u;
    write_set(&t);
    assert_int_equal(mc_tokens_read(&u, path, NULL, &e), 0);
    assert_null(u.labels);
    assert_null(u.label_target_ids);
    assert_int_equal(u.answer_offset[1500], 4500);
    assert_memory_equal(u.answers + u.answer_offset[1499], "x\0y", 4);
    mc_tokens_release(&u);
    t.answers[2] = 0; // the first of example 1 is empty: allowed
    write_set(&t);
    assert_int_equal(mc_tokens_read(&u, path, NULL, &e), 0);
    mc_tokens_release(&u);
    t.answers[1] = 'y';
    write_set(&t);
    assert_int_equal(mc_tokens_read(&u, path, NULL, &e), MC_ERR_INPUT);
    assert_non_null(strstr(e.text, "example 0: an answer without an end"));
    t.answers[1] = 0;
    t.answers[0] = (char)0xff;
    write_set(&t);
    assert_int_equal(mc_tokens_read(&u, path, NULL, &e), MC_ERR_INPUT);
    assert_non_null(strstr(e.text, "not UTF-8"));
    mc_tokens_release(&t);
}

static void values(void **state) {
    (void)state;
    struct mc_tokens_builder c = {0};
    struct mc_tokens t, u;
    const int32_t id = 3;
    const uint8_t type = 0;
    for (int i = 0; i < 1500; i++) {
        assert_int_equal(mc_tokens_builder_add(&c, &id, &type, 1, i + 1, NULL, &e), 0);
        assert_int_equal(mc_tokens_builder_value(&c, 0.1 * i, &e), 0);
    }
    assert_int_equal(mc_tokens_builder_finish(&c, &t, &e), 0);
    write_set(&t);
    assert_int_equal(mc_tokens_read(&u, path, NULL, &e), 0);
    assert_false(mc_tokens_t2t(&u));
    assert_memory_equal(u.values, t.values, 1500 * sizeof *t.values);
    mc_tokens_release(&u);
    t.values[7] = 0. / 0.;
    write_set(&t);
    assert_int_equal(mc_tokens_read(&u, path, NULL, &e), MC_ERR_INPUT);
    assert_non_null(strstr(e.text, "example 7: a value that is not finite"));
    mc_tokens_release(&t);
}

// Pieces alone: text to predict.
static void to_predict(void **state) {
    (void)state;
    struct mc_tokens t = build_set(NULL, 3, NULL), u;
    t.pieces = calloc(1, 3);
    memcpy(t.pieces, "\0b", 3);
    t.pieces_bytes = 3;
    write_set(&t);
    assert_int_equal(mc_tokens_read(&u, path, NULL, &e), 0);
    assert_true(mc_tokens_t2t(&u));
    assert_null(u.target_ids);
    assert_null(u.decoder);
    assert_int_equal(u.n_pieces, 2);
    mc_tokens_release(&t);
    mc_tokens_release(&u);
}

static void labels_json(void **state) {
    (void)state;
    char *names[] = {"a\"b", "\xc3\xa9"}, **back;
    int n;
    struct mc_buf b = {0};
    assert_int_equal(mc_labels_json(names, 2, &b, &e), 0);
    assert_int_equal(mc_labels_parse(b.p, &back, &n, &e), 0);
    assert_int_equal(n, 2);
    assert_string_equal(back[0], names[0]);
    assert_string_equal(back[1], names[1]);
    mc_labels_free(back, n);
    mc_buf_release(&b);
    assert_int_equal(mc_labels_parse("{}", &back, &n, &e), MC_ERR_INPUT);
    assert_int_equal(mc_labels_parse("[1]", &back, &n, &e), MC_ERR_INPUT);
    assert_int_equal(mc_labels_parse("[\"a\"", &back, &n, &e), MC_ERR_INPUT);
}

// A set of two examples whose parts a test may spoil.
struct spoiled {
    int64_t offsets[3], lines[2];
    int32_t ids[4], labels[2];
    uint8_t types[4];
    const char *kind, *names, *extra;
    uint64_t n_types;
};

static struct spoiled good(void) {
    return (struct spoiled){{0, 2, 4}, {1, 2},          {2, 3, 2, 3}, {0, 1}, {0},
                            "tokens",  "[\"a\",\"b\"]", NULL,         4};
}

static void add(struct mc_doc *d, const char *name, enum mc_dtype type, uint64_t n) {
    assert_int_equal(mc_doc_add(d, name, type, 1, &n, &e), 0);
}

static void reads_as(const struct spoiled *s, const char *word) {
    struct mc_writer *w;
    struct mc_doc d = {0};
    assert_int_equal(mc_doc_set(&d, "mc.format", "1", &e), 0);
    assert_int_equal(mc_doc_set(&d, "mc.kind", s->kind, &e), 0);
    assert_int_equal(mc_doc_set(&d, "mc.labels", s->names, &e), 0);
    add(&d, "offsets", MC_I64, 3);
    add(&d, "lines", MC_I64, 2);
    add(&d, "ids", MC_I32, 4);
    add(&d, "labels", MC_I32, 2);
    add(&d, "types", MC_U8, s->n_types);
    if (s->extra) add(&d, s->extra, MC_U8, 0);
    assert_int_equal(mc_writer_open(&w, path, 0, NULL, &e), 0);
    assert_int_equal(mc_writer_doc(w, &d, &e), 0);
    assert_int_equal(mc_writer_data(w, s->offsets, sizeof s->offsets, &e), 0);
    assert_int_equal(mc_writer_data(w, s->lines, sizeof s->lines, &e), 0);
    assert_int_equal(mc_writer_data(w, s->ids, sizeof s->ids, &e), 0);
    assert_int_equal(mc_writer_data(w, s->labels, sizeof s->labels, &e), 0);
    assert_int_equal(mc_writer_data(w, s->types, s->n_types, &e), 0);
    assert_int_equal(mc_writer_close(w, &e), 0);
    mc_doc_release(&d);
    struct mc_tokens t;
    int rc = mc_tokens_read(&t, path, NULL, &e);
    mc_tokens_release(&t);
    if (!word) {
        assert_int_equal(rc, 0);
        return;
    }
    assert_int_equal(rc, MC_ERR_INPUT);
    if (!strstr(e.text, word) || !strstr(e.text, path))
        fail_msg("no '%s' or file in: %s", word, e.text);
}

#define SPOIL(what, word)                                                                          \
    do {                                                                                           \
        struct spoiled s = good();                                                                 \
        s.what;                                                                                    \
        reads_as(&s, word);                                                                        \
    } while (0)

static void refusals(void **state) {
    (void)state;
    SPOIL(kind = "tokens", NULL);
    SPOIL(kind = "model", "mc-tokenize");
    SPOIL(offsets[0] = 1, "span");
    SPOIL(offsets[2] = 3, "span");
    SPOIL(offsets[1] = 4, "do not rise");
    SPOIL(offsets[1] = 0, "do not rise");
    SPOIL(offsets[1] = 5, "do not rise");
    SPOIL(offsets[1] = INT64_MIN, "do not rise");
    SPOIL(ids[3] = -1, "id -1");
    SPOIL(labels[1] = 2, "label 2");
    SPOIL(labels[0] = -1, "label -1");
    SPOIL(lines[0] = 0, "line");
    SPOIL(n_types = 3, "lengths");
    SPOIL(extra = "more", "does not know");
    SPOIL(names = NULL, "mc.labels");
    SPOIL(names = "[\"b\",\"a\"]", "sorted");
    SPOIL(names = "[\"a\",\"a\"]", "twice");
    SPOIL(names = "[\"\",\"a\"]", "empty");
    SPOIL(names = "[\"a\"]", "label 1");
    SPOIL(names = "x", "mc.labels");
}

static void not_one_document(void **state) {
    (void)state;
    struct mc_tokens t = build_set(NULL, 1, NULL), u;
    struct mc_writer *w;
    assert_int_equal(mc_writer_open(&w, path, 0, NULL, &e), 0);
    assert_int_equal(mc_tokens_write(&t, w, &e), 0);
    assert_int_equal(mc_tokens_write(&t, w, &e), 0);
    assert_int_equal(mc_writer_close(w, &e), 0);
    assert_int_equal(mc_tokens_read(&u, path, NULL, &e), MC_ERR_INPUT);
    assert_non_null(strstr(e.text, "more than one"));
    assert_int_equal(mc_writer_open(&w, path, 0, NULL, &e), 0);
    assert_int_equal(mc_writer_close(w, &e), 0);
    assert_true(mc_tokens_read(&u, path, NULL, &e) < 0);
    mc_tokens_release(&t);
}

// The file cut at every byte is never a shorter set.
static void cut_short(void **state) {
    (void)state;
    const char *labels[] = {"b", "a"};
    struct mc_tokens t = build_set(labels, 2, NULL), u;
    write_set(&t);
    mc_tokens_release(&t);
    struct mc_buf b = {0};
    assert_int_equal(mc_buf_read_file(&b, path, 1 << 20, &e), 0);
    for (size_t n = 0; n < b.n; n++) {
        assert_int_equal(truncate(path, (off_t)n), 0);
        assert_true(mc_tokens_read(&u, path, NULL, &e) < 0);
        FILE *f = fopen(path, "wb");
        assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
        fclose(f);
    }
    assert_int_equal(mc_tokens_read(&u, path, NULL, &e), 0);
    mc_tokens_release(&u);
    mc_buf_release(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),   cmocka_unit_test(unlabelled),
        cmocka_unit_test(fixed_labels), cmocka_unit_test(labels_json),
        cmocka_unit_test(refusals),     cmocka_unit_test(not_one_document),
        cmocka_unit_test(cut_short),    cmocka_unit_test(targets),
        cmocka_unit_test(answers),      cmocka_unit_test(values),
        cmocka_unit_test(to_predict),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
