// Sentences with an opinion. A clause has the polarity of its adjective or verb, turned by a
// negator; of two clauses joined by a contrast, one counts: which, the connective says.
#include "lang.h"

static void put_clause(struct line *l, int polarity) {
    bool negated = chance(l, .25);
    int word_polarity = negated ? -polarity : polarity;
    if (chance(l, .25)) { // we (not) like the thing
        int gender = draw(l, GENDERS), number = draw(l, NUMBERS);
        put_form(l, W_PRONOUN, gender, number);
        if (negated) put_word(l, draw_word(l, W_NOT, 0));
        put_verb(l, draw_word(l, W_FEELING, word_polarity), number);
        struct noun_phrase object = draw_noun_phrase(l, .15);
        put_noun_phrase(l, &object);
        return;
    }
    struct noun_phrase subject = draw_noun_phrase(l, .15); // the thing is (not) (very) good
    int gender = l->s->word[subject.noun].gender;
    put_noun_phrase(l, &subject);
    put_form(l, W_BE, gender, subject.number);
    if (negated) put_word(l, draw_word(l, W_NOT, 0));
    if (chance(l, .35)) put_word(l, draw_word(l, W_DEGREE, 0));
    put_adjective(l, draw_word(l, W_QUALITY, word_polarity), false, gender, subject.number);
}

void put_opinion(struct line *l, int polarity) {
    double u = mc_rng_uniform(&l->r);
    int first = polarity;
    enum word_class joint = W_CLASSES; // none
    if (u < .2) {
        joint = W_AND;
    } else if (u < .35) {
        joint = W_BUT;
        first = -polarity;
    } else if (u < .45) {
        joint = W_THOUGH;
    }
    put_clause(l, first);
    if (joint != W_CLASSES) {
        if (joint != W_AND) put_text(l, ",");
        put_word(l, draw_word(l, joint, 0));
        put_clause(l, joint == W_THOUGH ? -polarity : polarity);
    }
    put_text(l, ".");
}
