// A file of torch.save as named tensors: a zip archive whose pickle says what they are. Private to
// lib/hf.
#ifndef HF_TORCH_FILE_H
#define HF_TORCH_FILE_H

#include "mc/doc.h"

struct mc_torch_file;

// Fills *d, which is empty, with the tensors in the file's order. MC_ERR_INPUT: another format;
// anything in the pickle but tensors by name; tensors that do not lie within their storage. Errors
// name the file.
int mc_torch_open(struct mc_torch_file **out, struct mc_doc *d, const char *path,
                  struct mc_error *e) MC_MUST_USE;
// The data of tensor i of d, in order of its dimensions.
int mc_torch_data(struct mc_torch_file *f, const struct mc_doc *d, int i, void *to,
                  struct mc_error *e) MC_MUST_USE;
void mc_torch_close(struct mc_torch_file *f);

#endif
