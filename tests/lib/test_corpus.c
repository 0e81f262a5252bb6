// Corpora: text cut into documents, parts written and read back in any order, what is none, and
// sequences.
#include "temp.h"

#include <sys/stat.h>

#include "../../lib/text/corpus_text.h"
#include "mc/corpus.h"

static struct mc_error e;

// --- sequences

static void sequences(void **state) {
    (void)state;
    for (int64_t room = 2; room < 8; room++)
        for (int64_t n = 0; n < 30; n++) {
            int64_t k = mc_sequences(n, room), end = 0;
            for (int64_t i = 0; i < k; i++) {
                int64_t from, to;
                mc_sequence(n, room, i, &from, &to);
                assert_int_equal(from, end);
                assert_true(to - from >= MC_CORPUS_LEAST && to - from <= room);
                if (i + 1 < k) assert_int_equal(to - from, room);
                end = to;
            }
            assert_int_equal(end, n % room == 1 ? n - 1 : n); // one id alone is dropped
        }
}

// --- documents of text

// All pieces of the documents of a text, each as "LINE+BYTE:TEXT|".
static void take(const char *text, size_t n, bool paragraphs, size_t step, struct mc_buf *out,
                 int64_t *cuts) {
    bool more = false;
    struct corpus_text *t;
    struct corpus_batch b = {0};
    int rc;
    spill(text, n);
    out->n = 0;
    *cuts = 0;
    assert_int_equal(corpus_text_open(&t, path, paragraphs, step, &e), 0);
    while ((rc = corpus_text_next(t, &b, &e)) == 1)
        for (int i = 0; i < b.n; i++) {
            const struct corpus_doc *d = &b.doc[i];
            assert_int_equal(d->behind, more);
            more = d->more;
            *cuts += more;
            assert_int_equal(mc_buf_printf(out, &e, "%d+%d:", (int)d->line, (int)d->byte), 0);
            assert_int_equal(mc_buf_add(out, b.text.p + d->at, d->n, &e), 0);
            assert_int_equal(mc_buf_add(out, "|", 1, &e), 0);
        }
    assert_int_equal(rc, 0);
    assert_false(more);
    corpus_batch_release(&b);
    corpus_text_close(t);
}

static void expect(const char *text, bool paragraphs, const char *want) {
    struct mc_buf got = {0};
    int64_t cuts;
    const size_t steps[] = {1, 2, 3, 5, 64, 1 << 16};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        take(text, strlen(text), paragraphs, steps[i], &got, &cuts);
        assert_string_equal(got.p ? got.p : "", want);
        assert_int_equal(cuts, 0);
    }
    mc_buf_release(&got);
}

static void documents(void **state) {
    (void)state;
    const char *text = "\xef\xbb\xbfone\r\ntwo \r\r\n\n \t\n\nthree\rfour\n  five\n\r\n\r\nsix\r";
    expect(text, false, "1+0:one|2+0:two \r|4+0: \t|6+0:three\rfour|7+0:  five|10+0:six\r|");
    expect(text, true, "1+0:one\ntwo \r|6+0:three\rfour\n  five|10+0:six\r|");
    expect("", false, "");
    expect("\n\n", true, "");
    expect("\xef\xbb\xbf", false, "");
    expect("a", true, "1+0:a|");
    expect("\n \na\n \nb\n ", true, "3+0:a|5+0:b|");
}

// Text without the marks of take(), its cuts told by them.
static void unmarked(const struct mc_buf *got, struct mc_buf *to) {
    to->n = 0;
    for (size_t i = 0; i < got->n; i++) {
        while (got->p[i] != ':') i++;
        size_t from = ++i;
        while (got->p[i] != '|') i++;
        assert_true(i - from <= MC_CORPUS_TEXT);
        assert_int_equal(mc_buf_add(to, got->p + from, i - from, &e), 0);
    }
}

static void long_documents(void **state) {
    (void)state;
    // words; a word; characters of three bytes; lines of a paragraph
    const char *const unit[] = {"some words ", "abcdefg", "\xe2\x82\xac", "line of it\n"};
    struct mc_buf text = {0}, first = {0}, got = {0}, back = {0};
    for (int u = 0; u < 4; u++) {
        bool paragraphs = u == 3;
        text.n = 0;
        while (text.n < 5 * MC_CORPUS_TEXT / 2)
            assert_int_equal(mc_buf_add(&text, unit[u], strlen(unit[u]), &e), 0);
        int64_t cuts, again;
        take(text.p, text.n, paragraphs, 1 << 18, &first, &cuts);
        assert_true(cuts >= 2);
        unmarked(&first, &back);
        assert_memory_equal(back.p, text.p, back.n);
        assert_true(text.n - back.n <= paragraphs); // the newline behind the last line
        assert_int_equal(first.p[2], '0');
        for (size_t step = 9999; step < 100000; step *= 7) {
            take(text.p, text.n, paragraphs, step, &got, &again);
            assert_int_equal(again, cuts);
            assert_int_equal(got.n, first.n);
            assert_memory_equal(got.p, first.p, got.n);
        }
        const char *second = strchr(first.p, '|');
        if (u == 0) assert_non_null(strstr(second, ": "));       // before a space
        if (u == 1) assert_non_null(strstr(second, "+262144:")); // where no white space is
        if (u == 2) assert_non_null(strstr(second, "+262143:")); // between characters
        if (u == 3)
            assert_non_null(strstr(second, "23831+7:")); // before the last space of that line
    }
    mc_buf_release(&text);
    mc_buf_release(&first);
    mc_buf_release(&got);
    mc_buf_release(&back);
}

static void no_text(void **state) {
    (void)state;
    struct corpus_text *t;
    spill("\x1f\x8b\x08xxxxxxxxxxxxxxxxxxxxx", 24);
    assert_int_equal(corpus_text_open(&t, path, false, 4, &e), MC_ERR_INPUT);
    assert_non_null(strstr(e.text, "gzip"));
    spill("version https://git-lfs.github.com/spec/v1\noid", 46);
    assert_int_equal(corpus_text_open(&t, path, false, 4, &e), MC_ERR_INPUT);
    assert_non_null(strstr(e.text, "Git LFS"));
    assert_int_equal(corpus_text_open(&t, "/no/such/file", false, 4, &e), MC_ERR_IO);
    assert_int_equal(corpus_text_open(&t, "/tmp", false, 4, &e), MC_ERR_IO);
}

// --- parts

static const char about[] = "{\"vocab\":50,\"mask\":4,\"special\":[0,1,4],\"prefix\":[2],"
                            "\"suffix\":[3],\"sentinels\":[]}";

// A part of n texts, text i of i + 1 ids, the first of them from on.
static void write_part(struct mc_writer *w, int n, int from, const char *corpus,
                       const char *tokenizer, const char *label) {
    struct mc_tokens_builder c = {0};
    struct mc_tokens t;
    int32_t ids[64];
    uint8_t types[64] = {0};
    for (int i = 0; i < n; i++) {
        for (int k = 0; k <= i; k++) ids[k] = (from + i + k) % 50;
        assert_int_equal(mc_tokens_builder_add(&c, ids, types, i + 1, i + 1, label, &e), 0);
    }
    assert_int_equal(mc_tokens_builder_finish(&c, &t, &e), 0);
    t.corpus = corpus ? strdup(corpus) : NULL;
    t.tokenizer = strdup(tokenizer);
    assert_int_equal(mc_tokens_write(&t, w, &e), 0);
    mc_tokens_release(&t);
}

// Parts of 5, 6, ... texts.
static void write_parts(int n) {
    struct mc_writer *w;
    assert_int_equal(mc_writer_open(&w, path, 1, NULL, &e), 0);
    for (int i = 0; i < n; i++) write_part(w, 5 + i, i, about, "x", NULL);
    assert_int_equal(mc_writer_close(w, &e), 0);
}

static void read_back(void **state) {
    (void)state;
    struct mc_corpus c;
    struct mc_tokens t;
    struct mc_pool *pool = mc_pool_new(2, &e);
    write_parts(9);
    for (int p = 0; p < 2; p++) {
        struct mc_pool *use = p ? pool : NULL;
        assert_int_equal(mc_corpus_open(&c, path, use, &e), 0);
        assert_int_equal(c.n_parts, 9);
        assert_int_equal(c.n_docs, 81);
        assert_int_equal(c.about.vocab, 50);
        assert_int_equal(c.about.mask, 4);
        assert_int_equal(c.about.special.n, 3);
        assert_int_equal(c.about.special.v[2], 4);
        assert_int_equal(c.about.prefix.v[0], 2);
        assert_int_equal(c.about.suffix.v[0], 3);
        assert_int_equal(c.about.sentinels.n, 0);
        assert_string_equal(c.tokenizer, "x");
        int64_t ids = 0;
        for (int64_t i = 0; i < 9; i++) {
            int64_t k = i * 4 % 9; // in no order
            assert_int_equal(mc_corpus_read(&c, k, use, &t, &e), 0);
            assert_int_equal(t.n, 5 + k);
            assert_int_equal(t.ids[t.offset[t.n - 1]], (k + t.n - 1) % 50);
            assert_int_equal(c.part[k].ids, t.offset[t.n]);
            ids += t.offset[t.n];
            mc_tokens_release(&t);
        }
        assert_int_equal(c.n_ids, ids);
        mc_corpus_close(&c);
    }
    mc_pool_free(pool);
}

static void identity(void **state) {
    (void)state;
    struct mc_corpus c;
    char digest[MC_DIGEST_TEXT];
    struct mc_buf whole = {0}, twice = {0};
    write_parts(3);
    assert_int_equal(mc_corpus_open(&c, path, NULL, &e), 0);
    strcpy(digest, c.digest);
    mc_corpus_close(&c);
    assert_int_equal(mc_buf_read_file(&whole, path, 1 << 20, &e), 0);
    assert_int_equal(mc_buf_add(&twice, whole.p, whole.n, &e), 0);
    assert_int_equal(mc_buf_add(&twice, whole.p, whole.n, &e), 0);
    spill(twice.p, twice.n); // two streams, one behind the other
    assert_int_equal(mc_corpus_open(&c, path, NULL, &e), 0);
    assert_int_equal(c.n_parts, 6);
    assert_string_not_equal(c.digest, digest);
    struct mc_tokens t;
    for (int64_t k = 0; k < 6; k++) {
        assert_int_equal(mc_corpus_read(&c, k, NULL, &t, &e), 0);
        assert_int_equal(t.n, 5 + k % 3);
        mc_tokens_release(&t);
    }
    write_parts(2); // another file in its place
    assert_int_equal(mc_corpus_read(&c, 1, NULL, &t, &e), 0);
    mc_tokens_release(&t);
    assert_int_equal(mc_corpus_read(&c, 2, NULL, &t, &e), MC_ERR_INPUT);
    mc_corpus_close(&c);
    mc_buf_release(&whole);
    mc_buf_release(&twice);
}

static void changed(void **state) {
    (void)state;
    struct mc_corpus c;
    struct mc_tokens t;
    struct mc_writer *w;
    write_parts(1);
    assert_int_equal(mc_corpus_open(&c, path, NULL, &e), 0);
    assert_int_equal(mc_writer_open(&w, path, 1, NULL, &e), 0);
    write_part(w, 5, 7, about, "x", NULL);
    assert_int_equal(mc_writer_close(w, &e), 0);
    assert_int_equal(mc_corpus_read(&c, 0, NULL, &t, &e), MC_ERR_INPUT);
    assert_non_null(strstr(e.text, "changed since it was opened"));
    mc_corpus_close(&c);
}

static void refused(const char *word) {
    struct mc_corpus c;
    assert_int_equal(mc_corpus_open(&c, path, NULL, &e), MC_ERR_INPUT);
    if (!strstr(e.text, word)) fail_msg("no '%s' in: %s", word, e.text);
    assert_memory_equal(e.text, path, strlen(path));
}

// A stream of a part, and of another that says `corpus`, made by `tokenizer`, with a label or none.
static void write_two(const char *corpus, const char *tokenizer, const char *label) {
    struct mc_writer *w;
    assert_int_equal(mc_writer_open(&w, path, 1, NULL, &e), 0);
    write_part(w, 5, 0, about, "x", NULL);
    write_part(w, 5, 0, corpus, tokenizer, label);
    assert_int_equal(mc_writer_close(w, &e), 0);
}

static void refusals(void **state) {
    (void)state;
    struct mc_corpus c;
    struct mc_tokens t;
    struct mc_writer *w;
    assert_int_equal(mc_writer_open(&w, path, 1, NULL, &e), 0);
    write_part(w, 5, 0, NULL, "x", "yes");
    assert_int_equal(mc_writer_close(w, &e), 0);
    refused("labelled text, where a corpus belongs");
    write_two(NULL, "x", "yes");
    refused("document");
    write_two(about, "y", NULL);
    refused("another tokenizer than document 0");
    write_two("{\"vocab\":60,\"mask\":4,\"special\":[0,1,4],\"prefix\":[2],\"suffix\":[3],"
              "\"sentinels\":[]}",
              "x", NULL);
    refused("another tokenizer than document 0");
    write_two(about, "x", "yes");
    refused("a corpus with labels");
    write_two(
        "{\"vocab\":8,\"mask\":4,\"special\":[],\"prefix\":[],\"suffix\":[],\"sentinels\":[]}", "x",
        NULL);
    refused("id 8 of a vocabulary of 8");
    write_parts(2);
    assert_int_equal(mc_tokens_read(&t, path, NULL, &e), MC_ERR_INPUT);
    assert_non_null(strstr(e.text, "where labelled text belongs"));
    assert_int_equal(mc_corpus_open(&c, "-", NULL, &e), MC_ERR_INPUT);
    assert_non_null(strstr(e.text, "must be a file"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    refused("must be a file");
    assert_int_equal(unlink(path), 0);
    spill("", 0);
    refused("empty");
}

static void cut_short(void **state) {
    (void)state;
    struct mc_buf b = {0};
    struct mc_corpus c;
    write_parts(2);
    assert_int_equal(mc_buf_read_file(&b, path, 1 << 20, &e), 0);
    for (size_t n = 0; n < b.n; n++) {
        spill(b.p, n);
        assert_int_equal(mc_corpus_open(&c, path, NULL, &e), MC_ERR_INPUT);
    }
    mc_buf_release(&b);
}

static void bad_about(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"vocab\":0}",
        "{\"vocab\":5,\"special\":[],\"prefix\":[],\"suffix\":[],\"sentinels\":[]}",
        "{\"vocab\":5,\"mask\":5,\"special\":[],\"prefix\":[],\"suffix\":[],\"sentinels\":[]}",
        "{\"vocab\":5,\"mask\":-1,\"special\":[],\"prefix\":[],\"suffix\":[],\"sentinels\":[]}",
        "{\"vocab\":5,\"mask\":1,\"special\":[1,1],\"prefix\":[],\"suffix\":[],\"sentinels\":[]}",
        "{\"vocab\":5,\"mask\":1,\"special\":[2,1],\"prefix\":[],\"suffix\":[],\"sentinels\":[]}",
        "{\"vocab\":5,\"mask\":1,\"special\":[],\"prefix\":[5],\"suffix\":[],\"sentinels\":[]}",
        "{\"vocab\":5,\"mask\":1,\"special\":[],\"prefix\":[],\"suffix\":[.5],\"sentinels\":[]}",
        "{\"vocab\":5,\"mask\":1,\"special\":[],\"prefix\":[],\"suffix\":[],\"sentinels\":[-1]}",
        "{\"vocab\":5,\"mask\":1,\"special\":[],\"prefix\":[],\"suffix\":[]}",
        ("{\"vocab\":5,\"vocab\":5,\"mask\":1,\"special\":[],\"prefix\":[],\"suffix\":[],"
         "\"sentinels\":[]}"),
    };
    struct mc_corpus_ids x;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(mc_corpus_ids_parse(&x, bad[i], &e), MC_ERR_INPUT);
        assert_memory_equal(e.text, "mc.corpus: ", 11);
        mc_corpus_ids_release(&x);
    }
    const char *none = "{\"vocab\":5,\"mask\":null,\"special\":[],\"prefix\":[],\"suffix\":[1],"
                       "\"sentinels\":[4,3]}";
    struct mc_buf json = {0};
    assert_int_equal(mc_corpus_ids_parse(&x, none, &e), 0);
    assert_int_equal(x.mask, -1);
    assert_int_equal(mc_corpus_ids_json(&x, &json, &e), 0);
    assert_string_equal(json.p, none);
    mc_buf_release(&json);
    mc_corpus_ids_release(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences), cmocka_unit_test(documents), cmocka_unit_test(long_documents),
        cmocka_unit_test(no_text),   cmocka_unit_test(read_back), cmocka_unit_test(identity),
        cmocka_unit_test(changed),   cmocka_unit_test(refusals),  cmocka_unit_test(cut_short),
        cmocka_unit_test(bad_about),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
