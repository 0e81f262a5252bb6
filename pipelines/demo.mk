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

D := $(DEMO)
DEMO_SEEDS := $(subst -, ,$(DEMO_PAIRS))
DEMO_PATHS := $(foreach c,shared random,$(DEMO_PAIRS:%=$(c)-%))

.PHONY: demo run-demo
demo: deps
	+@$(MAKE) --no-print-directory -j$$(nproc) all
	+@$(MAKE) --no-print-directory run-demo
run-demo: $(D)/report.html
	@awk -F'\t' -f plots/verdict.awk $(D)/barrier.tsv
	@echo 'the report: $(D)/report.html'

$(D)/lang/config.json: $(BUILD)/bin/mc-synth
	@mkdir -p $(D)
	$(TOOL)/mc-synth --tokenizer $(D)/lang
$(D)/start.tok.gz: $(D)/lang/config.json
	$(TOOL)/mc-synth --task sentiment-b --split train -n $(DEMO_TRAIN) | $(TOOL)/mc-tokenize -t $(D)/lang -o $@
$(D)/train.tok.gz: $(D)/lang/config.json
	$(TOOL)/mc-synth --task sentiment --split train -n $(DEMO_TRAIN) | $(TOOL)/mc-tokenize -t $(D)/lang -o $@
$(D)/dev.tok.gz: $(D)/lang/config.json
	$(TOOL)/mc-synth --task sentiment --split dev -n $(DEMO_DEV) | $(TOOL)/mc-tokenize -t $(D)/lang --task sentiment -o $@

$(D)/random-start-%.st.gz: $(D)/lang/config.json
	$(TOOL)/mc-init $(D)/lang/config.json -t $(D)/lang --labels negative,positive --seed-init $* -o $@
$(D)/shared-start.st.gz: $(D)/random-start-0.st.gz $(D)/start.tok.gz
	$(TOOL)/mc-finetune --train $(D)/start.tok.gz $(DEMO_START) -o $@ < $<
# $(1) condition, $(2) seed, $(3) what it starts from, $(4) recipe
define demo_tune
$(D)/$(1)-$(2).st.gz $(D)/$(1)-$(2).log.tsv &: $(D)/$(3).st.gz $(D)/train.tok.gz $(D)/dev.tok.gz
	$(TOOL)/mc-finetune --train $(D)/train.tok.gz --dev $(D)/dev.tok.gz $(4) --seed $(2) \
	  --log $(D)/$(1)-$(2).log.tsv -o $(D)/$(1)-$(2).st.gz < $(D)/$(3).st.gz
endef
$(foreach s,$(DEMO_SEEDS),$(eval $(call demo_tune,shared,$(s),shared-start,$(DEMO_SHARED))))
$(foreach s,$(DEMO_SEEDS),$(eval $(call demo_tune,random,$(s),random-start-$(s),$(DEMO_RANDOM))))

# $(1) condition, $(2) and $(3) seeds
define demo_path
$(D)/path-$(1)-$(2)-$(3).tsv $(D)/each-$(1)-$(2)-$(3).tsv &: $(D)/$(1)-$(2).st.gz $(D)/$(1)-$(3).st.gz $(D)/dev.tok.gz
	$(TOOL)/mc-interp -n $(DEMO_POINTS) $(D)/$(1)-$(2).st.gz $(D)/$(1)-$(3).st.gz | \
	  $(TOOL)/mc-eval --per-example $(D)/each-$(1)-$(2)-$(3).tsv -o $(D)/path-$(1)-$(2)-$(3).tsv $(D)/dev.tok.gz
$(D)/distance-$(1)-$(2)-$(3).tsv: $(D)/$(1)-$(2).st.gz $(D)/$(1)-$(3).st.gz
	$(TOOL)/mc-dist -o $$@ $(D)/$(1)-$(2).st.gz $(D)/$(1)-$(3).st.gz
endef
$(foreach c,shared random,$(foreach p,$(DEMO_PAIRS),\
  $(eval $(call demo_path,$(c),$(word 1,$(subst -, ,$(p))),$(word 2,$(subst -, ,$(p)))))))

$(D)/barrier.tsv: $(DEMO_PATHS:%=$(D)/path-%.tsv) $(DEMO_PATHS:%=$(D)/each-%.tsv)
	$(TOOL)/mc-barrier $(DEMO_PATHS:%=--per-example $(D)/each-%.tsv) -o $@ $(DEMO_PATHS:%=$(D)/path-%.tsv)
$(D)/distance.tsv: $(DEMO_PATHS:%=$(D)/distance-%.tsv) plots/distance.awk
	awk -f plots/distance.awk $(DEMO_PATHS:%=$(D)/distance-%.tsv) > $@

space := $(subst ,, )
list = $(subst $(space),$(,),$(1))
, := ,
$(D)/path.svg $(D)/path.png: $(D)/path.%: $(DEMO_PATHS:%=$(D)/path-%.tsv) plots/path.gp
	gnuplot -c plots/path.gp $@ --title 'Lines between six pairs of minima: means, and bands from least to largest' \
	  '$(call list,$(DEMO_PAIRS:%=$(D)/path-shared-%.tsv)):one shared start' \
	  '$(call list,$(DEMO_PAIRS:%=$(D)/path-random-%.tsv)):random starts of their own'
$(D)/train.svg $(D)/train.png: $(D)/train.%: $(D)/shared-1.log.tsv $(D)/random-1.log.tsv plots/train.gp
	gnuplot -c plots/train.gp $@ '$(D)/shared-1.log.tsv:from the shared start' '$(D)/random-1.log.tsv:from a random start'

$(D)/report.html: plots/report.awk pipelines/demo.txt $(D)/barrier.tsv $(D)/distance.tsv $(D)/path.svg $(D)/path.png $(D)/train.svg
	awk -f plots/report.awk 'Mode connectivity of a synthetic language' pipelines/demo.txt \
	  '$(D)/path.svg:Loss (nats) and accuracy on the dev set along the lines; 26 points each.' \
	  '$(D)/barrier.tsv:Every definition of the height of the barrier, with its interval and the verdict (docs/barrier.md).' \
	  '$(D)/distance.tsv:Distance between the end points of every pair.' \
	  '$(D)/train.svg:One training run of each kind.' > $@
