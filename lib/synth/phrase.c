// Writing of phrases: agreement in gender and number is here and nowhere else.
#include "lang.h"

void put_text(struct line *l, const char *text) {
    if (l->rc == 0) l->rc = mc_buf_printf(l->out, l->e, "%s", text);
}

void put_word(struct line *l, int w) {
    char last = l->out->n ? l->out->p[l->out->n - 1] : '\n';
    if (last != '\n' && last != '\t') put_text(l, " ");
    put_text(l, l->s->word[w].text);
}

void put_ending(struct line *l, enum ending e) { put_text(l, l->s->ending[e]); }

void put_form(struct line *l, enum word_class c, int gender, int number) {
    put_word(l, l->s->from[c] + gender * NUMBERS + number);
}

void put_adjective(struct line *l, int w, bool opposite, int gender, int number) {
    put_word(l, w);
    if (opposite) put_ending(l, END_OPPOSITE);
    put_ending(l, END_ADJ + gender * NUMBERS + number);
}

void put_verb(struct line *l, int w, int number) {
    put_word(l, w);
    if (number) put_ending(l, END_VERB_PLURAL);
}

void put_noun_phrase(struct line *l, const struct noun_phrase *p) {
    int gender = l->s->word[p->noun].gender;
    put_form(l, p->det, gender, p->number);
    put_word(l, p->noun);
    if (p->number) put_ending(l, END_NOUN_PLURAL);
    if (p->trait >= 0) put_adjective(l, p->trait, p->opposite, gender, p->number);
}

struct noun_phrase draw_noun_phrase(struct line *l, double with_trait) {
    struct noun_phrase p = {.det = W_THE + (enum word_class)draw(l, 3), .trait = -1};
    p.noun = draw_word(l, chance(l, .1) ? W_KIND : W_NOUN, 0);
    p.number = draw(l, NUMBERS);
    if (chance(l, with_trait)) {
        p.trait = draw_word(l, W_TRAIT, 0);
        p.opposite = chance(l, .3);
    }
    return p;
}
