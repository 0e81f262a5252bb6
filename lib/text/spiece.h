// SentencePiece's model file. Private to lib/text.
#ifndef MC_TEXT_SPIECE_H
#define MC_TEXT_SPIECE_H

#include <stdint.h>

#include "mc/buf.h"

enum { TOK_SPIECE_CONTROL = 3, TOK_SPIECE_USER = 4 }; // types of pieces that are added tokens

struct tok_spiece {
    struct mc_buf file;
    struct tok_spiece_piece {
        const char *text; // in file
        size_t n;
        float score;
        int type;
    } * piece;
    int32_t n, cap;
    const char *map; // the compiled character map, in file; n_map 0: none
    size_t n_map;
    int64_t model_type, unk_id;
};

// Reads DIR/NAME; errors name the file and the byte. Pieces are UTF-8 without NUL; a model that is
// not Unigram is refused.
int tok_spiece_read(struct tok_spiece *m, const char *dir, const char *name,
                    struct mc_error *e) MC_MUST_USE;
void tok_spiece_release(struct tok_spiece *m);

#endif
