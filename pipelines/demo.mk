# The main job on the built-in synthetic language: no download, two minutes.
#
# Question: are two fine-tuned minima joined by a low-loss line? Six models are tuned on one task (sentiment, first
# domain) from ONE start that knows the language, a model tuned on the second domain; six more each from random weights
# of its OWN. Both in three pairs; every pair is joined by a line of 26 points. Ends in out/demo/report.html.

DEMO := out/demo
DEMO_PAIRS := 1-2 3-4 5-6
DEMO_TRAIN := 3000
DEMO_DEV := 1000
DEMO_POINTS := 26
DEMO_START := --epochs 6 --lr 1e-3
DEMO_SHARED := --epochs 3 --lr 1e-3 --dropout 0.1
DEMO_RANDOM := --epochs 8 --lr 1e-3

.PHONY: demo run-demo
demo: programs run-demo

ifneq ($(call asked,demo run-demo,DEMO),)
$(foreach v,DEMO_TRAIN DEMO_DEV,$(call number,$(v)))
$(call points,DEMO_POINTS)
$(call words_of_shell,DEMO_START DEMO_SHARED DEMO_RANDOM RUN)
$(call output_folder,DEMO)
$(call pairs,DEMO_PAIRS)
D := $(DEMO)
DEMO_SEEDS := $(sort $(subst -, ,$(DEMO_PAIRS)))
DEMO_PATHS := $(foreach c,shared random,$(DEMO_PAIRS:%=$(c)-%))
run-demo: $(D)/report.html
	@$(call verdict,$(D))
	@echo 'the report: $(D)/report.html'

# The language and its sets: the second domain for the shared start, the first for all end points.
$(call language,$(D)/lang)
$(call synthetic,$(D)/start.tok.gz,$(D)/lang,--task sentiment-b --split train -n $(DEMO_TRAIN))
$(call synthetic,$(D)/train.tok.gz,$(D)/lang,--task sentiment --split train -n $(DEMO_TRAIN))
$(call synthetic,$(D)/dev.tok.gz,$(D)/lang,--task sentiment --split dev -n $(DEMO_DEV),--task sentiment)

# Starts: random weights of seed 0, which the second domain tunes, and of a seed for each other end point.
demo_init = $(call init,$(D)/random-start-$(1).st.gz,$(D)/lang,--labels negative$(,)positive --seed-init $(1))
$(foreach s,0 $(DEMO_SEEDS),$(call demo_init,$(s)))
$(call tune,$(D)/shared-start,$(D)/random-start-0.st.gz,$(D)/start.tok.gz,$(call options,DEMO_START),$(call known_options,DEMO_START))

# End points: $(1) condition, $(2) seed, $(3) start, $(4) recipe
demo_end = $(call tune,$(D)/$(1)-$(2),$(D)/$(3).st.gz,$(D)/train.tok.gz,$(call options,$(4)) --seed $(2),$(call \
  known_options,$(4)),$(D)/dev.tok.gz)
$(foreach s,$(DEMO_SEEDS),$(call demo_end,shared,$(s),shared-start,DEMO_SHARED))
$(foreach s,$(DEMO_SEEDS),$(call demo_end,random,$(s),random-start-$(s),DEMO_RANDOM))

# Lines and distances: $(1) condition, $(2) pair of seeds
demo_line = $(call connect,$(D),$(1)-$(2),$(D)/$(1)-$(call first_of,$(2)).st.gz,$(D)/$(1)-$(call second_of,$(2)).st.gz,-n \
  $(DEMO_POINTS),,sentiment=$(D)/dev.tok.gz)
$(foreach c,shared random,$(foreach p,$(DEMO_PAIRS),$(call demo_line,$(c),$(p))))
demo_condition = $(1)=$(subst $(space),$(,),$(strip $(DEMO_PAIRS:%=$(1)-%)))
$(call barriers,$(D),$(foreach c,shared random,$(call demo_condition,$(c))))
$(call distances,$(D),$(DEMO_PATHS))

# Figures: all lines; one training run of each kind.
demo_lines = $(call condition,'$(2)',$(DEMO_PAIRS:%=$(D)/path-$(1)-%.tsv))
demo_log = $(call condition,'$(2)',$(D)/$(1)-$(DEMO_FIRST).log.tsv)
DEMO_FIRST := $(call first_of,$(firstword $(DEMO_PAIRS)))
$(call figures,$(D)/path,path,Lines between pairs of minima: means$(,) single pairs$(,) 95 % intervals,$(call \
  demo_lines,shared,one shared start) $(call demo_lines,random,random starts of their own),$(DEMO_PATHS:%=$(D)/path-%.tsv))
$(call figures,$(D)/train,train,,$(call demo_log,shared,from the shared start) $(call demo_log,random,from a random \
  start),$(D)/shared-$(DEMO_FIRST).st.gz $(D)/random-$(DEMO_FIRST).st.gz)

$(call report,$(D)/report.html,Mode connectivity of a synthetic language,pipelines/demo.txt,\
  $(call part,$(D)/path.svg,Loss (nats) and accuracy on the dev set along the lines; $(DEMO_POINTS) points each.) \
  $(call part,$(D)/barrier.tsv,Every definition of the height of the barrier$(,) with its interval and the verdict (docs/barrier.md).) \
  $(call part,$(D)/distance.tsv,Distance between the end points of every pair.) \
  $(call part,$(D)/train.svg,One training run of each kind.),$(D)/barrier.tsv $(D)/distance.tsv $(D)/path.svg $(D)/path.png $(D)/train.svg)
endif
