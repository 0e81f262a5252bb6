# Every tuning method on one task: its learning rate, its accuracy, and whether two of its minima are connected.
#
#   make methods MODEL=dir TRAIN=train.tsv DEV=dev.tsv OUT=out/methods
#
# The rate of each method is the best of three by the accuracy on every eighth example of the training set, held out for
# that. Then three seeds on all of it, scored on DEV; then two pairs: the SAME new parameters and another order, and all
# seeds OTHER. LoRA's pairs are joined in the factors' space and in that of the products as well. Ends in
# OUT/methods/methods.tsv (a row a seed), barrier.tsv beside it, and a figure of all methods for each kind of pair. MODEL= must have no head: the seeds
# draw it.

METHODS := full adapter lora prefix bitfit head
METHODS_SEEDS := 1 2 3
METHODS_POINTS := 26
METHODS_RECIPE := --epochs 1 --batch 32
METHODS_RATES_full := 3e-5 1e-4 3e-4
METHODS_RATES_adapter := 1e-3 3e-3 1e-2
METHODS_RATES_lora := 1e-3 3e-3 1e-2
METHODS_RATES_prefix := 2e-3 5e-3 1e-2
METHODS_RATES_bitfit := 1e-3 3e-3 1e-2
METHODS_RATES_head := 3e-2 1e-1 3e-1

MT := $(OUT)/methods
METHODS_PAIRS := same other
METHODS_DRAWN := $(METHODS) $(if $(filter lora,$(METHODS)),lora-product)
METHODS_LINES := $(foreach m,$(METHODS_DRAWN),$(METHODS_PAIRS:%=$(m)-%))

ifneq ($(filter methods run-methods,$(MAKECMDGOALS)),)
$(foreach v,MODEL TRAIN DEV,$(if $($(v)),,$(error $(v)= is missing: make methods needs MODEL=dir TRAIN=file DEV=file)))
.PHONY: methods run-methods
methods: deps
	+@$(MAKE) --no-print-directory -j$$(nproc) all
	+@$(MAKE) --no-print-directory run-methods
run-methods: $(MT)/methods.tsv $(MT)/barrier.tsv $(METHODS_PAIRS:%=$(MT)/%.svg)
	@cat $(MT)/methods.tsv
	@awk -F'\t' -f plots/verdict.awk $(MT)/barrier.tsv

$(MT)/.model: FORCE
	$(call remember,$(MODEL) $(TOKENIZE))
$(MT)/.lines: FORCE
	$(call remember,$(METHODS_LINES))
$(MT)/.points: FORCE
	$(call remember,$(METHODS_POINTS))
$(MT)/.recipe: FORCE
	$(call remember,$(METHODS_RECIPE))
$(MT)/part.tsv: $(TRAIN)
	@mkdir -p $(MT)
	awk 'NR % 8' $< > $@
$(MT)/held.tsv: $(TRAIN)
	@mkdir -p $(MT)
	awk 'NR % 8 == 0' $< > $@
$(MT)/train.tok.gz: $(TRAIN)
$(MT)/dev.tok.gz: $(DEV)
$(MT)/part.tok.gz: $(MT)/part.tsv
$(MT)/held.tok.gz: $(MT)/held.tsv
$(MT)/%.tok.gz: $(MT)/.model
	$(TOOL)/mc-tokenize -t $(MODEL) $(TOKENIZE) --task $* -o $@ < $(filter %.tsv $(TRAIN) $(DEV),$^)
$(MT)/base.st.gz: $(call weights,$(MODEL)) $(MT)/.model
	$(TOOL)/mc-import $(MODEL) -o $@
$(MT)/header.tsv:
	@mkdir -p $(MT)
	printf 'method\tlr\tseed\taccuracy\tloss\tparameters\tbytes\tseconds\tpeak_mb\n' > $@

# $(1) method, $(2) learning rate: accuracy on what is held out
define methods_rate
$(MT)/$(1)-rate-$(2).log.tsv: $(MT)/base.st.gz $(MT)/part.tok.gz $(MT)/held.tok.gz $(MT)/.recipe
	$(RUN) $(TOOL)/mc-finetune -q --method $(1) $(METHODS_RECIPE) --lr $(2) --train $(MT)/part.tok.gz --dev $(MT)/held.tok.gz \
	  --log $$@ < $$< > /dev/null
endef
# $(1) method
define methods_of
$(MT)/.rates-$(1): FORCE
	$$(call remember,$(METHODS_RATES_$(1)))
$(MT)/$(1).rate: $(METHODS_RATES_$(1):%=$(MT)/$(1)-rate-%.log.tsv) $(MT)/.rates-$(1)
	for r in $(METHODS_RATES_$(1)); do printf '%s\t%s\n' "$$$$(tail -n 1 $(MT)/$(1)-rate-$$$$r.log.tsv | cut -f 9)" $$$$r; done | \
	  sort -rg | tee $$@
$(MT)/$(1)-%.st.gz $(MT)/$(1)-%.said &: $(MT)/base.st.gz $(MT)/train.tok.gz $(MT)/$(1).rate $(MT)/.recipe
	$(RUN) $(TOOL)/mc-finetune -v --method $(1) $(METHODS_RECIPE) --lr $$$$(head -n 1 $(MT)/$(1).rate | cut -f 2) \
	  --train $(MT)/train.tok.gz $$(if $$(filter same,$$*),--seed 2 --seed-init 1,--seed $$*) \
	  -o $(MT)/$(1)-$$*.st.gz < $$< 2> $(MT)/$(1)-$$*.said
$(MT)/$(1)-seeds.tsv: $(METHODS_SEEDS:%=$(MT)/$(1)-%.st.gz) $(MT)/dev.tok.gz
	$(TOOL)/mc-eval $(BASE_$(1)) -o $$@ $(MT)/dev.tok.gz < <(cat $(METHODS_SEEDS:%=$(MT)/$(1)-%.st.gz))
$(MT)/$(1)-rows.tsv: $(MT)/$(1)-seeds.tsv
	for s in $(METHODS_SEEDS); do \
	  printf '$(1)\t%s\t%s\t%s\t%s\t%s\t%s\n' "$$$$(head -n 1 $(MT)/$(1).rate | cut -f 2)" $$$$s \
	    "$$$$(awk -F'\t' -v s=$$$$s 'NR == s + 1 { printf "%s\t%s", $$$$6, $$$$5 }' $(MT)/$(1)-seeds.tsv)" \
	    "$$$$(sed -n 's/.* \([0-9]*\) parameters .*/\1/p' $(MT)/$(1)-$$$$s.said)" "$$$$(wc -c < $(MT)/$(1)-$$$$s.st.gz)" \
	    "$$$$(sed -n 's/.*: \([0-9.]*\) s, peak memory \([0-9.]*\) MB/\1\t\2/p' $(MT)/$(1)-$$$$s.said)"; \
	done > $$@
endef
# $(1) method, $(2) same or other, $(3) -product or nothing
METHODS_END_same := same
METHODS_END_other := 2
define methods_line
$(MT)/path-$(1)$(3)-$(2).tsv $(MT)/each-$(1)$(3)-$(2).tsv &: $(MT)/$(1)-1.st.gz $(MT)/$(1)-$(METHODS_END_$(2)).st.gz $(MT)/dev.tok.gz $(MT)/.points
	$(RUN) $(TOOL)/mc-interp $(BASE_$(1)) -n $(METHODS_POINTS) $(if $(3),--space product) \
	  $(MT)/$(1)-1.st.gz $(MT)/$(1)-$(METHODS_END_$(2)).st.gz | \
	  $(RUN) $(TOOL)/mc-eval $(BASE_$(1)) --per-example $(MT)/each-$(1)$(3)-$(2).tsv -o $(MT)/path-$(1)$(3)-$(2).tsv $(MT)/dev.tok.gz
endef
$(foreach m,$(filter-out full,$(METHODS)),$(eval BASE_$(m) := --base $(MT)/base.st.gz))
$(foreach m,$(METHODS),$(foreach r,$(METHODS_RATES_$(m)),$(eval $(call methods_rate,$(m),$(r)))))
$(foreach m,$(METHODS),$(eval $(call methods_of,$(m))))
$(foreach m,$(METHODS),$(foreach p,$(METHODS_PAIRS),$(eval $(call methods_line,$(m),$(p)))))
$(foreach p,$(METHODS_PAIRS),$(eval $(call methods_line,lora,$(p),-product)))

$(MT)/methods.tsv: $(MT)/header.tsv $(METHODS:%=$(MT)/%-rows.tsv)
	cat $^ > $@
$(MT)/barrier.tsv: $(METHODS_LINES:%=$(MT)/path-%.tsv) $(METHODS_LINES:%=$(MT)/each-%.tsv) $(MT)/.lines
	$(TOOL)/mc-barrier $(METHODS_LINES:%=--per-example $(MT)/each-%.tsv) -o $@ $(METHODS_LINES:%=$(MT)/path-%.tsv)
$(METHODS_PAIRS:%=$(MT)/%.svg): $(MT)/%.svg: $(METHODS_LINES:%=$(MT)/path-%.tsv) plots/path.gp
	gnuplot -c plots/path.gp $@ --title 'Lines between two minima of each method, new parameters $*' \
	  $(foreach m,$(METHODS_DRAWN),'$(MT)/path-$(m)-$*.tsv,$(MT)/each-$(m)-$*.tsv:$(m)')
endif
