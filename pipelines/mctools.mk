# The pipelines where the user stands, with programs that are there already: the makefile of `mctools`, which gives TOOL, their folder.

CALLED := mctools
MAKEFILE := $(lastword $(MAKEFILE_LIST))
include $(dir $(MAKEFILE))rules.mk
include $(pipelines)

programs:
	@[ -x '$(TOOL)/mc-eval' ] || { echo 'mctools: no programs in $(TOOL)' >&2; exit 1; }
