// The lexicon: invented words of consonants and vowels in turn. Content words have five letters,
// function words three, endings two, so that a word can be cut into pieces in one way only.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lang.h"

static const char consonants[] = "bdfgklmnprstvz", vowels[] = "aeiou";

int draw(struct line *l, int n) { return (int)mc_rng_below(&l->r, (uint64_t)n); }

bool chance(struct line *l, double p) { return mc_rng_uniform(&l->r) < p; }

static bool usable(const struct line *l, int w, int polarity) {
    const struct word *x = &l->s->word[w];
    return x->in_domain[l->domain] && (polarity == 0 || x->polarity[l->domain] == polarity);
}

int draw_word(struct line *l, enum word_class c, int polarity) {
    int from = l->s->from[c], to = l->s->from[c + 1], n = 0;
    for (int w = from; w < to; w++) n += usable(l, w, polarity);
    double u = mc_rng_uniform(&l->r);
    int k = (int)((double)n * u * sqrt(u)); // density falls with the rank
    for (int w = from; w < to; w++)
        if (usable(l, w, polarity) && k-- == 0) return w;
    return from; // not reached: every class has words for every domain and polarity asked for
}

// --- making

static void shape(struct mc_rng *r, const char *pattern, char *out) {
    for (; *pattern; pattern++)
        *out++ = *pattern == 'c' ? consonants[mc_rng_below(r, sizeof consonants - 1)]
                                 : vowels[mc_rng_below(r, sizeof vowels - 1)];
    *out = 0;
}

static bool has_word(const struct mc_synth *s, const char *text) {
    for (int i = 0; i < s->n_words; i++)
        if (strcmp(s->word[i].text, text) == 0) return true;
    return false;
}

static struct word *add(struct mc_synth *s, struct mc_rng *r, enum word_class c) {
    bool content = c <= W_FEELING || c == W_PLACE;
    struct word *w = &s->word[s->n_words];
    *w = (struct word){.class = c, .in_domain = {true, true}, .above = -1};
    do shape(r, content ? "cvcvc" : "cvc", w->text);
    while (has_word(s, w->text));
    s->n_words++;
    return w;
}

static void add_many(struct mc_synth *s, struct mc_rng *r, enum word_class c, int n) {
    s->from[c] = s->n_words;
    for (int i = 0; i < n; i++) add(s, r, c);
}

static void add_forms(struct mc_synth *s, struct mc_rng *r, enum word_class c) {
    s->from[c] = s->n_words;
    for (int g = 0; g < GENDERS; g++)
        for (int n = 0; n < NUMBERS; n++) {
            struct word *w = add(s, r, c);
            w->gender = g;
            w->number = n;
        }
}

static void add_nouns(struct mc_synth *s, struct mc_rng *r) {
    enum { KINDS_ALL = DOMAINS * KINDS };
    s->from[W_NOUN] = 0;
    for (int i = 0; i < KINDS_ALL * KIND_NOUNS;
         i++) { // kinds in turn, so that each has common and rare nouns
        struct word *w = add(s, r, W_NOUN);
        int kind = i % KINDS_ALL;
        w->in_domain[1 - kind % DOMAINS] = false;
        w->gender = (int)mc_rng_below(r, GENDERS);
        w->above = KINDS_ALL * KIND_NOUNS + kind;
    }
    s->from[W_KIND] = s->n_words;
    for (int kind = 0; kind < KINDS_ALL; kind++) {
        struct word *w = add(s, r, W_KIND);
        w->in_domain[1 - kind % DOMAINS] = false;
        w->gender = (int)mc_rng_below(r, GENDERS);
    }
}

// Words with an opinion: of ten, four are common to the domains, five in one of them only or
// chiefly, and one means the opposite in the other domain. Polarities in turn.
static void add_polar(struct mc_synth *s, struct mc_rng *r, enum word_class c, int n, bool shared) {
    s->from[c] = s->n_words;
    for (int i = 0; i < n; i++) {
        struct word *w = add(s, r, c);
        int p = i % 2 ? 1 : -1, type = i / 2 % 5;
        w->polarity[0] = w->polarity[1] = p;
        if (shared || type < 2) continue;
        if (type == 2 && i / 10 % 2 == 0)
            w->polarity[1] = -p;
        else
            w->in_domain[type % 2] = false;
    }
}

static void make_endings(struct mc_synth *s, struct mc_rng *r) {
    for (int i = 0; i < ENDINGS; i++) {
        bool again;
        do {
            shape(r, "vc", s->ending[i]);
            again = false;
            for (int k = 0; k < i; k++) again |= strcmp(s->ending[i], s->ending[k]) == 0;
        } while (again);
    }
}

struct mc_synth *mc_synth_new(uint64_t seed, struct mc_error *e) {
    struct mc_synth *s = mc_new(1, sizeof *s, e);
    if (!s) return NULL;
    struct mc_rng r;
    mc_rng_init(&r, seed, MC_RNG_SYNTH, 0);
    s->seed = seed;
    add_nouns(s, &r);
    add_polar(s, &r, W_QUALITY, 80, false);
    add_many(s, &r, W_TRAIT, 12);
    add_many(s, &r, W_ACTION, 16);
    add_polar(s, &r, W_FEELING, 8, true);
    add_many(s, &r, W_DEGREE, 4);
    add_many(s, &r, W_PLACE, 8);
    add_forms(s, &r, W_PRONOUN);
    add_many(s, &r, W_NOT, 2);
    add_many(s, &r, W_AND, 2);
    add_many(s, &r, W_BUT, 2);
    add_many(s, &r, W_THOUGH, 2);
    for (enum word_class c = W_THE; c <= W_BE; c++) add_forms(s, &r, c);
    s->from[W_CLASSES] = s->n_words;
    make_endings(s, &r);
    return s;
}

void mc_synth_free(struct mc_synth *s) { free(s); }

static const char *const class_names[W_CLASSES] = {
    "noun", "kind", "quality", "trait", "action", "feeling", "degree", "place", "pronoun", "not",
    "and",  "but",  "though",  "the",   "this",   "my",      "every",  "some",  "no",      "be",
};

int mc_synth_lexicon(const struct mc_synth *s, struct mc_buf *out, struct mc_error *e) {
    MC_TRY(mc_buf_printf(out, e,
                         "word\tclass\tdomains\tpolarity\tpolarity_b\tgender\tnumber\tabove\n"));
    for (int i = 0; i < s->n_words; i++) {
        const struct word *w = &s->word[i];
        const char *domains = !w->in_domain[1] ? "a" : !w->in_domain[0] ? "b" : "ab";
        MC_TRY(mc_buf_printf(out, e, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\n", w->text,
                             class_names[w->class], domains, w->polarity[0], w->polarity[1],
                             w->gender, w->number, w->above < 0 ? "" : s->word[w->above].text));
    }
    static const char *const names[ENDINGS] = {"noun-plural",   "verb-plural",   "adjective-0-0",
                                               "adjective-0-1", "adjective-1-0", "adjective-1-1",
                                               "opposite"};
    for (int i = 0; i < ENDINGS; i++)
        MC_TRY(mc_buf_printf(out, e, "##%s\t%s\tab\t0\t0\t0\t0\t\n", s->ending[i], names[i]));
    return 0;
}
