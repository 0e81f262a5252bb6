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
$(foreach v,DEMO_TRAIN DEMO_DEV DEMO_POINTS,$(call number,$(v)))
$(call words_of_shell,DEMO_START DEMO_SHARED DEMO_RANDOM RUN)
$(call output_folder,DEMO)
$(call pairs,DEMO_PAIRS)
D := $(DEMO)
DEMO_SEEDS := $(sort $(subst -, ,$(DEMO_PAIRS)))
DEMO_PATHS := $(foreach c,shared random,$(DEMO_PAIRS:%=$(c)-%))
run-demo: $(D)/report.html
	@$(call verdict,$(D))
	@echo 'the report: $(D)/report.html'

$(call language,$(D)/lang)
$(call synthetic,$(D)/start.tok.gz,$(D)/lang,--task sentiment-b --split train -n $(DEMO_TRAIN))
$(call synthetic,$(D)/train.tok.gz,$(D)/lang,--task sentiment --split train -n $(DEMO_TRAIN))
$(call synthetic,$(D)/dev.tok.gz,$(D)/lang,--task sentiment --split dev -n $(DEMO_DEV),--task sentiment)
$(foreach s,0 $(DEMO_SEEDS),$(call rule,$(D)/random-start-$(s).st.gz,$(D)/lang/config.json,$$(TOOL)/mc-init \
  '$(D)/lang/config.json' -t '$(D)/lang' --labels negative$(,)positive --seed-init $(s) -o '$$@'))
$(call tune,$(D)/shared-start,$(D)/random-start-0.st.gz,$(D)/start.tok.gz,$(call options,DEMO_START))
$(foreach s,$(DEMO_SEEDS),$(call tune,$(D)/shared-$(s),$(D)/shared-start.st.gz,$(D)/train.tok.gz,$(call \
  options,DEMO_SHARED) --seed $(s),,$(D)/dev.tok.gz))
$(foreach s,$(DEMO_SEEDS),$(call tune,$(D)/random-$(s),$(D)/random-start-$(s).st.gz,$(D)/train.tok.gz,$(call \
  options,DEMO_RANDOM) --seed $(s),,$(D)/dev.tok.gz))

# $(1) condition, $(2) and $(3) seeds
demo_pair = $(call walk,$(D),$(1)-$(2)-$(3),$(D)/$(1)-$(2).st.gz,$(D)/$(1)-$(3).st.gz,-n \
  $(DEMO_POINTS),,sentiment=$(D)/dev.tok.gz)$(call distance,$(D),$(1)-$(2)-$(3),$(D)/$(1)-$(2).st.gz,$(D)/$(1)-$(3).st.gz)
$(foreach c,shared random,$(foreach p,$(DEMO_PAIRS),$(call \
  demo_pair,$(c),$(word 1,$(subst -, ,$(p))),$(word 2,$(subst -, ,$(p))))))
$(call barrier,$(D),$(DEMO_PATHS))
$(call distances,$(D),$(DEMO_PATHS))

demo_line = printf '%s' '$(2)'; printf '\t%s' $(DEMO_PAIRS:%='$(D)/path-$(1)-%.tsv'); echo;
$(foreach f,svg png,$(call rule,$(D)/path.$(f),$(DEMO_PATHS:%=$(D)/path-%.tsv),$(call \
  draw,path,Lines between pairs of minima: means$(,) and bands from least to largest,$(call demo_line,shared,one shared \
  start) $(call demo_line,random,random starts of their own))))
DEMO_FIRST := $(firstword $(subst -, ,$(DEMO_PAIRS)))
$(foreach f,svg png,$(call rule,$(D)/train.$(f),$(D)/shared-$(DEMO_FIRST).st.gz $(D)/random-$(DEMO_FIRST).st.gz,$(call \
  draw,train,,printf '%s\t%s\n' 'from the shared start' '$(D)/shared-$(DEMO_FIRST).log.tsv' 'from a random start' \
  '$(D)/random-$(DEMO_FIRST).log.tsv')))

$(call rule,$(D)/report.html,plots/report.awk pipelines/demo.txt $(D)/barrier.tsv $(D)/distance.tsv $(D)/path.svg $(D)/path.png \
  $(D)/train.svg,awk -f plots/report.awk 'Mode connectivity of a synthetic language' pipelines/demo.txt \
  '$(D)/path.svg:Loss (nats) and accuracy on the dev set along the lines; $(DEMO_POINTS) points each.' \
  '$(D)/barrier.tsv:Every definition of the height of the barrier$(,) with its interval and the verdict (docs/barrier.md).' \
  '$(D)/distance.tsv:Distance between the end points of every pair.' \
  '$(D)/train.svg:One training run of each kind.' $(keep))
endif
