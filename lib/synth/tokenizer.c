// Writes a tokenizer directory of the language, file by file.
#include "tokenizer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "mc/out.h"

const char *const mc_synth_kind_names[MC_SYNTH_KINDS] = {"bert", "roberta", "t5"};

static int write_file(const struct mc_synth *s, const char *dir, const struct synth_file *f,
                      struct mc_error *e) {
    struct mc_buf path = {0}, text = {0};
    struct mc_out out = {0};
    int rc = 0;
    MC_TRY_DONE(mc_buf_printf(&path, e, "%s/%s", dir, f->name));
    MC_TRY_DONE(f->make(s, &text, e));
    MC_TRY_DONE(mc_out_open(&out, path.p, e));
    MC_TRY_DONE(mc_out_write(&out, text.p, text.n, e));
    rc = mc_out_close(&out, e);
done:
    mc_out_abort(&out);
    mc_buf_release(&path);
    mc_buf_release(&text);
    return rc;
}

int mc_synth_tokenizer(const struct mc_synth *s, enum mc_synth_kind kind, const char *dir,
                       struct mc_error *e) {
    static const struct synth_file *const files[MC_SYNTH_KINDS] = {synth_wordpiece, synth_bpe,
                                                                   synth_unigram};
    char *end; // of the links that dir may be
    MC_TRY(mc_out_follow(dir, &end, e));
    int rc = mkdir(end, 0777) == 0 || errno == EEXIST ? 0
                                                      : mc_fail_errno(e, "%s: cannot create", dir);
    for (const struct synth_file *f = files[kind]; rc == 0 && f->name; f++)
        rc = write_file(s, end, f, e);
    free(end);
    return rc;
}
