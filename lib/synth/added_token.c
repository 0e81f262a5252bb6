// The entries of added_tokens in a tokenizer.json.
#include "tokenizer.h"

int synth_put_special(struct mc_buf *b, bool first, int id, const char *text, bool lstrip,
                      struct mc_error *e) {
    return mc_buf_printf(
        b, e,
        "%s\n    {\"id\": %d, \"content\": \"%s\", \"single_word\": false, \"lstrip\": %s, "
        "\"rstrip\": false, \"normalized\": false, \"special\": true}",
        first ? "" : ",", id, text, lstrip ? "true" : "false");
}
