// The inside of the synthetic language: lexicon and grammar, for the files of this folder.
#ifndef MC_SYNTH_LANG_H
#define MC_SYNTH_LANG_H

#include <stdbool.h>

#include "mc/rng.h"
#include "mc/synth.h"

enum { DOMAINS = 2, KINDS = 4, KIND_NOUNS = 8, GENDERS = 2, NUMBERS = 2, WORDS_MAX = 320 };

enum word_class {
    W_NOUN,    // of a kind: `above` is the noun that names the kind
    W_KIND,    // a noun that names a kind
    W_QUALITY, // adjective with a polarity
    W_TRAIT,   // adjective without; has an opposite by suffix
    W_ACTION,  // transitive verb without polarity
    W_FEELING, // transitive verb with one
    W_DEGREE,  // before an adjective: very, quite
    W_PLACE,   // at the end of a verb phrase
    W_PRONOUN,
    W_NOT,    // negates what follows
    W_AND,    // joins clauses of one polarity
    W_BUT,    // the clause after it counts
    W_THOUGH, // the clause before it counts
    W_THE,    // determiners and the copula have a form for every gender and number
    W_THIS,
    W_MY,
    W_EVERY,
    W_SOME,
    W_NO,
    W_BE,
    W_CLASSES
};

struct word {
    char text[8];
    enum word_class class;
    int gender, number;    // of nouns; of the form, for pronouns, determiners, copula
    int polarity[DOMAINS]; // -1, 0, 1
    bool in_domain[DOMAINS];
    int above; // index of the kind, or -1
};

// Endings, all of two letters, vowel first: no two ways to cut a word.
enum ending { END_NOUN_PLURAL, END_VERB_PLURAL, END_ADJ, END_OPPOSITE = END_ADJ + 4, ENDINGS };

struct mc_synth {
    uint64_t seed;
    struct word word[WORDS_MAX];
    int n_words;
    int from[W_CLASSES + 1]; // words of a class are from[c] .. from[c + 1] - 1
    char ending[ENDINGS][4];
};

// One line in the making.
struct line {
    const struct mc_synth *s;
    struct mc_rng r;
    int domain;
    struct mc_buf *out;
    struct mc_error *e;
    int rc; // the first failure; writing goes on without effect
};

// --- draws (words.c)
int draw(struct line *l, int n); // 0 .. n-1
bool chance(struct line *l, double p);
// A word of the class in the line's domain, the first ones more often; polarity 0 = any.
int draw_word(struct line *l, enum word_class c, int polarity);

// --- writing (phrase.c)
struct noun_phrase {
    enum word_class det; // W_THE ..
    int noun, trait;     // trait -1 = none
    bool opposite;       // of the trait
    int number;
};
void put_text(struct line *l, const char *text);
void put_word(struct line *l, int w); // with a space before it, but at the start of a text
void put_ending(struct line *l, enum ending e);
void put_form(struct line *l, enum word_class c, int gender, int number);
void put_noun_phrase(struct line *l, const struct noun_phrase *p);
void put_adjective(struct line *l, int w, bool opposite, int gender, int number);
void put_verb(struct line *l, int w, int number);
struct noun_phrase draw_noun_phrase(struct line *l, double with_trait);

// --- sets
enum { LABELS = 5 };
extern const char *const synth_label[LABELS]; // two of opinions, three of pairs
// A sentence of that polarity (-1, 1), with full stop.
void put_opinion(struct line *l, int polarity);
// Premise, separator, hypothesis; label 0 contradiction, 1 entailment, 2 neutral.
void put_inference(struct line *l, int label, bool hard, const char *separator);
void put_document(struct line *l);
// A statement without opinion, and a sentence that names the kind of a noun.
void put_statement(struct line *l);
void put_kind(struct line *l);

#endif
