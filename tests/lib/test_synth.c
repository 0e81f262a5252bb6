// The synthetic language: determinism, splits, balance; agreement and labels worked out again from
// the lexicon.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mc/synth.h"
#include "mc/tokenizer.h"

enum { LINES = 2000 };

static struct mc_error e;

static char *lines(uint64_t seed, enum mc_synth_set set, enum mc_synth_split split, int n) {
    struct mc_buf b = {0};
    struct mc_synth *s = mc_synth_new(seed, &e);
    assert_non_null(s);
    for (int i = 0; i < n; i++) assert_int_equal(mc_synth_line(s, set, split, i, &b, &e), 0);
    mc_synth_free(s);
    return b.p;
}

static void deterministic(void **state) {
    (void)state;
    for (int set = 0; set <= MC_SYNTH_CORPUS; set++) {
        char *a = lines(5, set, MC_SYNTH_TRAIN, 200), *b = lines(5, set, MC_SYNTH_TRAIN, 200);
        char *c = lines(6, set, MC_SYNTH_TRAIN, 200), *d = lines(5, set, MC_SYNTH_TRAIN, 50);
        assert_string_equal(a, b);
        assert_string_not_equal(a, c);
        assert_memory_equal(a, d, strlen(d)); // a shorter set is a prefix
        free(a);
        free(b);
        free(c);
        free(d);
    }
    struct mc_synth *s = mc_synth_new(5, &e); // a line needs no line before it
    struct mc_buf one = {0};
    assert_int_equal(mc_synth_line(s, MC_SYNTH_INFERENCE, MC_SYNTH_DEV, 40, &one, &e), 0);
    char *all = lines(5, MC_SYNTH_INFERENCE, MC_SYNTH_DEV, 41);
    assert_string_equal(all + strlen(all) - one.n, one.p);
    free(all);
    mc_buf_release(&one);
    mc_synth_free(s);
}

static int split_lines(char *text, char **line) {
    int n = 0;
    for (char *p = text; *p; n++) {
        line[n] = p;
        p = strchr(p, '\n');
        *p++ = 0;
    }
    return n;
}

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// No text of one split is in another; labels are balanced in every prefix.
static void splits_and_balance(void **state) {
    (void)state;
    for (int set = 0; set < MC_SYNTH_TASKS; set++) {
        char *text[MC_SYNTH_SPLITS], *line[MC_SYNTH_SPLITS][LINES];
        for (int k = 0; k < MC_SYNTH_SPLITS; k++) {
            text[k] = lines(0, set, k, LINES);
            assert_int_equal(split_lines(text[k], line[k]), LINES);
            int count[256] = {0};
            for (int i = 0; i < LINES; i++) {
                char *tab = strrchr(line[k][i], '\t');
                count[(unsigned char)tab[1]]++;
                *tab = 0;
                int least = LINES, most = 0;
                for (const char *c = set < MC_SYNTH_INFERENCE ? "np" : "cen"; *c; c++) {
                    if (count[(unsigned char)*c] < least) least = count[(unsigned char)*c];
                    if (count[(unsigned char)*c] > most) most = count[(unsigned char)*c];
                }
                assert_true(most - least <= 1);
            }
            qsort(line[k], LINES, sizeof *line[k], compare);
        }
        for (int k = 1; k < MC_SYNTH_SPLITS; k++)
            for (int j = 0; j < k; j++)
                for (int i = 0; i < LINES; i++)
                    assert_null(bsearch(&line[k][i], line[j], LINES, sizeof *line[j], compare));
        for (int k = 0; k < MC_SYNTH_SPLITS; k++) free(text[k]);
    }
}

// --- an independent reader, by the published lexicon

struct entry {
    char word[16], class[16];
    int polarity[2], gender, number;
};

struct lexicon {
    struct entry v[400];
    int n;
};

static void read_lexicon(struct lexicon *x, uint64_t seed) {
    struct mc_synth *s = mc_synth_new(seed, &e);
    struct mc_buf b = {0};
    assert_int_equal(mc_synth_lexicon(s, &b, &e), 0);
    char *line[500];
    int n = split_lines(b.p, line);
    x->n = 0;
    for (int i = 1; i < n; i++) {
        struct entry *w = &x->v[x->n++];
        char domains[8];
        assert_int_equal(sscanf(line[i], "%15s %15s %7s %d %d %d %d", w->word, w->class, domains,
                                &w->polarity[0], &w->polarity[1], &w->gender, &w->number),
                         7);
    }
    mc_buf_release(&b);
    mc_synth_free(s);
}

static const struct entry *by_word(const struct lexicon *x, const char *text, size_t n) {
    for (int i = 0; i < x->n; i++)
        if (strlen(x->v[i].word) == n && memcmp(x->v[i].word, text, n) == 0) return &x->v[i];
    return NULL;
}

static const char *ending(const struct lexicon *x, const char *name) {
    for (int i = 0; i < x->n; i++)
        if (strcmp(x->v[i].class, name) == 0) return x->v[i].word + 2;
    fail();
    return NULL;
}

static bool is(const struct entry *w, const char *class) {
    return w && strcmp(w->class, class) == 0;
}

// The entry of a token: whole, or its first five letters with endings behind them.
static const struct entry *entry_of(const struct lexicon *x, const char *token) {
    const struct entry *w = by_word(x, token, strlen(token));
    if (!w && strlen(token) > 5) w = by_word(x, token, 5);
    assert_non_null(w);
    return w;
}

// Polarity by the rules of the language: the clause that counts, turned once for every negator in
// it.
static int polarity_of(const struct lexicon *x, const char *text, int domain) {
    char copy[512];
    snprintf(copy, sizeof copy, "%s", text);
    int clause = 0, polarity[2] = {0, 0}, turn[2] = {1, 1}, counts = 0;
    for (char *save, *t = strtok_r(copy, " .,", &save); t; t = strtok_r(NULL, " .,", &save)) {
        const struct entry *w = entry_of(x, t);
        if (is(w, "and") || is(w, "but") || is(w, "though")) {
            counts = !is(w, "though");
            clause = 1;
        } else if (is(w, "not")) {
            turn[clause] = -turn[clause];
        } else if (w->polarity[domain] != 0) {
            assert_int_equal(polarity[clause], 0);
            polarity[clause] = w->polarity[domain];
        }
    }
    return polarity[counts] * turn[counts];
}

static void labels_of_opinions(void **state) {
    (void)state;
    for (int domain = 0; domain < 2; domain++) {
        struct lexicon x;
        read_lexicon(&x, 3);
        char *line[LINES], *text = lines(3, domain ? MC_SYNTH_SENTIMENT_B : MC_SYNTH_SENTIMENT,
                                         MC_SYNTH_TRAIN, LINES);
        split_lines(text, line);
        for (int i = 0; i < LINES; i++) {
            char *tab = strchr(line[i], '\t');
            *tab = 0;
            assert_string_equal(tab + 1,
                                polarity_of(&x, line[i], domain) > 0 ? "positive" : "negative");
        }
        free(text);
    }
}

// After a determiner comes a noun of its gender and number, then adjectives that end accordingly.
static void agreement(void **state) {
    (void)state;
    struct lexicon x;
    read_lexicon(&x, 4);
    char *line[LINES], *text = lines(4, MC_SYNTH_CORPUS, MC_SYNTH_TRAIN, LINES);
    split_lines(text, line);
    int nouns = 0, adjectives = 0, verbs = 0;
    for (int i = 0; i < LINES; i++) {
        const struct entry *noun = NULL, *det = NULL, *subject = NULL, *last;
        int number = 0, subject_number = 0;
        for (char *save, *t = strtok_r(line[i], " .,", &save); t;
             t = strtok_r(NULL, " .,", &save)) {
            const char *tail = strlen(t) > 5 ? t + 5 : "";
            last = det;
            det = NULL;
            const struct entry *w = entry_of(&x, t);
            if (strlen(w->word) == 3 && strstr("the this my every some no", w->class)) det = w;
            if (is(w, "noun") || is(w, "kind")) {
                assert_non_null(last);
                assert_int_equal(w->gender, last->gender);
                assert_string_equal(tail, last->number ? ending(&x, "noun-plural") : "");
                noun = w;
                number = last->number;
                nouns++;
                subject = w;
                subject_number = number;
            } else if (is(w, "pronoun")) {
                subject = w;
                subject_number = w->number;
            } else if (is(w, "be")) {
                assert_true(w->gender == subject->gender && w->number == subject_number);
            } else if (is(w, "action") || is(w, "feeling")) {
                assert_string_equal(tail, subject_number ? ending(&x, "verb-plural") : "");
                verbs++;
            } else if (is(w, "trait") || is(w, "quality")) {
                char name[32];
                snprintf(name, sizeof name, "adjective-%d-%d", noun->gender, number);
                assert_string_equal(t + strlen(t) - 2, ending(&x, name));
                adjectives++;
            }
        }
    }
    assert_true(nouns > LINES && adjectives > LINES / 2 && verbs > LINES / 4);
    free(text);
}

// Negators and opposites of the easier inference, by counting: between sentences that differ in
// nothing else, an odd number is a contradiction and an even one entailment.
static void labels_of_negation(void **state) {
    (void)state;
    struct lexicon x;
    read_lexicon(&x, 0);
    char *line[LINES], *text = lines(0, MC_SYNTH_INFERENCE, MC_SYNTH_TRAIN, LINES);
    split_lines(text, line);
    int checked = 0;
    for (int i = 0; i < LINES; i++) {
        char bare[2][256] = {"", ""}, *save, *label = strrchr(line[i], '\t');
        *label++ = 0;
        int side = 0, turns = 0;
        for (char *p = line[i]; p; p = side++ == 0 ? strchr(p, '\t') + 1 : NULL) {
            char copy[256];
            snprintf(copy, sizeof copy, "%.*s", (int)strcspn(p, "\t"), p);
            bool copula = false;
            for (char *t = strtok_r(copy, " .", &save); t; t = strtok_r(NULL, " .", &save)) {
                const struct entry *w = entry_of(&x, t);
                copula |= is(w, "be");
                bool opposite = copula && is(w, "trait") && strlen(t) == 9;
                turns += is(w, "not") || opposite;
                if (is(w, "not")) continue;
                strncat(bare[side], w->word, 16);
                strcat(bare[side], opposite ? t + 7 : strlen(t) > 5 ? t + 5 : "");
                strcat(bare[side], " ");
            }
            if (side == 1) break;
        }
        if (strcmp(bare[0], bare[1]) != 0) continue;
        assert_string_equal(label, turns % 2 ? "contradiction" : "entailment");
        checked++;
    }
    assert_true(checked > LINES / 4);
    free(text);
}

// Ids of a text without special tokens, and their number.
static int64_t plain_ids(const struct mc_tokenizer *t, const char *text, struct mc_encoding *x,
                         const int32_t **ids) {
    assert_int_equal(mc_tokenizer_encode(t, text, strlen(text), NULL, 0, 0, x, &e), 0);
    bool start = strcmp(mc_tokenizer_kind(t), "Unigram") != 0; // a token before the text
    *ids = x->ids + start;
    return x->n - start - 1;
}

// A word is one token wherever it stands, an ending one more, and nothing is unknown.
static void check_words(const struct mc_tokenizer *t, const struct mc_synth *s, const char *unk) {
    struct mc_buf table = {0};
    struct mc_encoding x = {0};
    const int32_t *ids;
    int32_t unknown = mc_tokenizer_id(t, unk);
    assert_true(unknown >= 0);
    assert_int_equal(mc_synth_lexicon(s, &table, &e), 0);
    char *save, *line = strtok_r(table.p, "\n", &save);
    while ((line = strtok_r(NULL, "\n", &save))) {
        char text[64];
        int n = (int)strcspn(line, "\t");
        bool ending = *line == '#';
        snprintf(text, sizeof text, ending ? "xyzzy%.*s" : "%.*s q, %.*s.", n - 2 * ending,
                 line + 2 * ending, n, line);
        int64_t k = plain_ids(t, text, &x, &ids);
        if (!ending) assert_int_equal(ids[0], ids[k - 2]);
        for (int64_t i = 0; i < k; i++) assert_int_not_equal(ids[i], unknown);
    }
    mc_encoding_release(&x);
    mc_buf_release(&table);
}

static void tokenizers(void **state) {
    (void)state;
    static const char *const files[] = {
        "vocab.txt",  "vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json",
        "config.json"};
    static const char *const unk[] = {"[UNK]", "<unk>", "<unk>"};
    static const char *const kind[] = {"WordPiece", "BPE", "Unigram"};
    for (uint64_t seed = 0; seed < 3; seed++)
        for (int k = 0; k < MC_SYNTH_KINDS; k++) {
            char dir[] = "/tmp/mc-test-XXXXXX", path[64];
            struct mc_tokenizer *t;
            struct mc_encoding x = {0};
            const int32_t *ids;
            assert_non_null(mkdtemp(dir));
            struct mc_synth *s = mc_synth_new(seed, &e);
            assert_int_equal(mc_synth_tokenizer(s, k, dir, &e), 0);
            if (mc_tokenizer_open(&t, dir, &e) < 0) fail_msg("%s", e.text);
            assert_string_equal(mc_tokenizer_kind(t), kind[k]);
            check_words(t, s, unk[k]);
            char *text = lines(seed, MC_SYNTH_CORPUS, MC_SYNTH_TRAIN, 50);
            int64_t letters = (int64_t)strlen(text), n = plain_ids(t, text, &x, &ids);
            assert_true(n < letters / 3); // few words are cut to letters
            free(text);
            mc_encoding_release(&x);
            mc_tokenizer_close(t);
            mc_synth_free(s);
            for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
                snprintf(path, sizeof path, "%s/%s", dir, files[i]);
                unlink(path);
            }
            assert_int_equal(rmdir(dir), 0);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deterministic),      cmocka_unit_test(splits_and_balance),
        cmocka_unit_test(labels_of_opinions), cmocka_unit_test(agreement),
        cmocka_unit_test(labels_of_negation), cmocka_unit_test(tokenizers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
