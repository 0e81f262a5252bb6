// The table of path kinds. A new one is a file beside this and a row here, which --kind and --space
// name.
#include "mc/path.h"

const struct mc_path_kind *const mc_path_kinds[] = {
    &mc_path_line,  &mc_path_lora_product, &mc_path_chain,  &mc_path_slerp,
    &mc_path_plane, &mc_path_random,       &mc_path_bezier, NULL};
