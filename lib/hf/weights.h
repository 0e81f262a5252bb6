// A file of weights as named tensors, whatever its format: safetensors, or one of torch.save, whose
// name ends in .bin. Private to lib/hf.
#ifndef HF_WEIGHTS_H
#define HF_WEIGHTS_H

#include "mc/stream.h"
#include "torch_file.h"

struct mc_weights {
    struct mc_doc d;     // names, types, shapes; metadata where the format has some
    struct mc_reader *r; // one of the two
    struct mc_torch_file *torch;
};

// Errors name the file. *w is closed by the caller in any case.
int mc_weights_open(struct mc_weights *w, const char *path, struct mc_error *e) MC_MUST_USE;
// The data of tensor i of w->d: each once, in order. to NULL passes over them.
int mc_weights_data(struct mc_weights *w, int i, void *to, struct mc_error *e) MC_MUST_USE;
// After the last of them. MC_ERR_INPUT: another document follows, which would be ignored.
int mc_weights_end(struct mc_weights *w, struct mc_error *e) MC_MUST_USE;
void mc_weights_close(struct mc_weights *w);

#endif
