# Every tuning method on one task: its learning rate, its accuracy, and whether two of its minima are connected.
#
#   make methods MODEL=dir TRAIN=train.tsv DEV=dev.tsv OUT=out/name
#
# The rate of each method is the best of three by the accuracy on every eighth example of the training set, held out for
# that. Then three seeds on all of it, scored on DEV; then two pairs: the SAME new parameters and another order, and all
# seeds OTHER. LoRA's pairs are joined in the factors' space and in that of the products as well. Ends in
# OUT/methods/methods.tsv (a row a seed), barrier.tsv beside it, and a figure of all methods for each kind of pair. MODEL= must
# have no head: the seeds draw it. Pairs are of the first two of METHODS_SEEDS.

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

.PHONY: methods run-methods
methods: programs run-methods

ifneq ($(call asked,methods run-methods,OUT),)
$(call one_line,$(filter-out METHODS_RATES_%,$(VARIABLES_methods)))
$(call needed,MODEL TRAIN DEV,make methods needs MODEL=dir TRAIN=file DEV=file)
$(if $(METHODS),,$(error METHODS= is empty))
$(foreach m,$(METHODS),$(if $(filter full adapter lora prefix bitfit head,$(m)),,$(error METHODS=$(METHODS): $(m) is no method)))
$(foreach m,$(METHODS),$(if $(METHODS_RATES_$(m)),,$(error METHODS_RATES_$(m)= is empty)))
$(foreach s,$(METHODS_SEEDS),$(if $(call is_number,$(s)),,$(error METHODS_SEEDS=$(METHODS_SEEDS): $(s) is no whole number)))
$(if $(filter-out $(words $(METHODS_SEEDS)),$(words $(sort $(METHODS_SEEDS)))),$(error METHODS_SEEDS=$(METHODS_SEEDS): a seed is there twice))
$(if $(word 2,$(METHODS_SEEDS)),,$(error METHODS_SEEDS=$(METHODS_SEEDS): a pair needs two seeds))
$(call number,METHODS_POINTS)
$(call words_of_shell,TOKENIZE METHODS_RECIPE RUN)
$(call output_folder,OUT)
$(call input_file,TRAIN DEV)
$(call input_model,MODEL)
$(if $(filter dir,$(call kind_of_model,$(call raw,MODEL))),,$(error MODEL=$(call raw,MODEL): make methods needs a Hugging Face directory))

$(if $(call is_dir,$(or $(call raw,TOKENIZER),$(call raw,MODEL))),,$(error TOKENIZER=$(call raw,TOKENIZER): no such directory))

MT := $(patsubst %/,%,$(call raw,OUT))/methods
METHODS_PAIRS := same other
METHODS_DRAWN := $(METHODS) $(if $(filter lora,$(METHODS)),lora-product)
METHODS_LINES := $(foreach m,$(METHODS_DRAWN),$(METHODS_PAIRS:%=$(m)-%))
SEED_1 := $(word 1,$(METHODS_SEEDS))
SEED_2 := $(word 2,$(METHODS_SEEDS))
METHODS_TOKENIZER := $(or $(call raw,TOKENIZER),$(call raw,MODEL))
BASE_full :=
$(foreach m,$(filter-out full,$(METHODS)),$(eval BASE_$(m) := --base '$(MT)/base.st.gz'))

run-methods: $(MT)/methods.tsv $(MT)/barrier.tsv $(METHODS_PAIRS:%=$(MT)/%.svg)
	@cat '$(MT)/methods.tsv'
	@$(call verdict,$(MT))

$(call import,$(MT)/base.st.gz,$(call raw,MODEL))
$(call tokenize,$(MT)/train.tok.gz,$(call raw,TRAIN),$(METHODS_TOKENIZER),TOKENIZE,--task train)
$(call tokenize,$(MT)/dev.tok.gz,$(call raw,DEV),$(METHODS_TOKENIZER),TOKENIZE,--task dev)
# What is held out is a part of what was tokenized, whatever its lines are: every eighth example, by its number from 0.
methods_part = $(call rule,$(MT)/$(1).txt,$(MT)/train.tok.gz,$$(TOOL)/mc-info --ids '$(MT)/train.tok.gz' | \
  awk '$(2) { print NR - 1 }' $(keep))
$(call methods_part,part,NR % 8)
$(call methods_part,held,NR % 8 == 0)
$(call rule,$(MT)/held.tok.gz,$(MT)/train.tok.gz $(MT)/held.txt,$$(TOOL)/mc-pick --only '$(MT)/held.txt' -o '$$@' < '$(MT)/train.tok.gz')

# $(1) method, $(2) learning rate: accuracy on what is held out. $(1) method, $(2) end: a seed, or same.
METHODS_OPTIONS := $(call options,METHODS_RECIPE)
methods_tune = $$(RUN) $$(TOOL)/mc-finetune --method $(1) $(METHODS_OPTIONS) --train '$(MT)/train.tok.gz'
methods_rate = $(call rule,$(MT)/$(1)-rate-$(2).tsv,$(MT)/base.st.gz $(MT)/train.tok.gz $(MT)/part.txt $(MT)/held.tok.gz,$(methods_tune) \
  -q --only '$(MT)/part.txt' --dev '$(MT)/held.tok.gz' --lr $(2) --summary '$$@' < '$(MT)/base.st.gz' > /dev/null)
methods_best = $(call rule,$(MT)/$(1).rate,$(METHODS_RATES_$(1):%=$(MT)/$(1)-rate-%.tsv),for r in $(METHODS_RATES_$(1)); do \
  awk -F '\t' -v rate=$$$$r 'NR == 1 { for (i = 1; i <= NF; i++) at[$$$$i] = i; next } { print $$$$at["dev_accuracy"] "\t" rate }' \
  '$(call here,$(MT))/$(1)-rate-'$$$$r.tsv; done | sort -rg $(keep) && cat '$$@')
methods_seeds = $(if $(filter same,$(1)),--seed $(SEED_2) --seed-init $(SEED_1),--seed $(1))
methods_end = $(call rule,$(MT)/$(1)-$(2).st.gz $(MT)/$(1)-$(2).summary.tsv,$(MT)/base.st.gz $(MT)/train.tok.gz $(MT)/$(1).rate,$(methods_tune) \
  --lr "$$$$(head -n 1 '$(MT)/$(1).rate' | cut -f 2)" $(call methods_seeds,$(2)) --summary '$(MT)/$(1)-$(2).summary.tsv' -o \
  '$(MT)/$(1)-$(2).st.gz' < '$(MT)/base.st.gz')
methods_score = $(call rule,$(MT)/$(1)-$(2).score.tsv,$(MT)/$(1)-$(2).st.gz $(MT)/dev.tok.gz,$$(RUN) $$(TOOL)/mc-eval \
  $(BASE_$(1)) -o '$$@' 'dev=$(MT)/dev.tok.gz' < '$(MT)/$(1)-$(2).st.gz')
# $(1) method, $(2) same or other, $(3) -product or nothing
methods_line = $(call walk,$(MT),$(1)$(3)-$(2),$(MT)/$(1)-$(SEED_1).st.gz,$(MT)/$(1)-$(if $(filter \
  same,$(2)),same,$(SEED_2)).st.gz,$(BASE_$(1)) -n $(METHODS_POINTS) $(if $(3),--space product),$(BASE_$(1)),dev=$(MT)/dev.tok.gz)
methods_ends := $(sort $(METHODS_SEEDS) same)
$(foreach m,$(METHODS),$(foreach r,$(METHODS_RATES_$(m)),$(call methods_rate,$(m),$(r))))
$(foreach m,$(METHODS),$(call methods_best,$(m)))
$(foreach m,$(METHODS),$(foreach s,$(methods_ends),$(call methods_end,$(m),$(s))))
$(foreach m,$(METHODS),$(foreach s,$(METHODS_SEEDS),$(call methods_score,$(m),$(s))))
$(foreach m,$(METHODS),$(foreach p,$(METHODS_PAIRS),$(call methods_line,$(m),$(p))))
$(if $(filter lora,$(METHODS)),$(foreach p,$(METHODS_PAIRS),$(call methods_line,lora,$(p),-product)))

# A row is of one seed's own files.
methods_rows := $(foreach m,$(METHODS),$(foreach s,$(METHODS_SEEDS),$(m)-$(s)))
methods_row = awk -v method=$(1) -v seed=$(2) -v bytes="$$$$(wc -c < '$(MT)/$(1)-$(2).st.gz')" -f pipelines/row.awk \
  '$(call here,$(MT))/$(1).rate' '$(call here,$(MT))/$(1)-$(2).score.tsv' '$(call here,$(MT))/$(1)-$(2).summary.tsv';
$(call rule,$(MT)/methods.tsv,$(methods_rows:%=$(MT)/%.st.gz) $(methods_rows:%=$(MT)/%.score.tsv) $(METHODS:%=$(MT)/%.rate) \
  pipelines/row.awk,{ printf 'method\tlr\tseed\taccuracy\tloss\tparameters\tbytes\tseconds\tpeak_mb\n'; $(foreach \
  m,$(METHODS),$(foreach s,$(METHODS_SEEDS),$(call methods_row,$(m),$(s)))) } $(keep))
$(call barrier,$(MT),$(METHODS_LINES))
methods_list = $(foreach m,$(METHODS_DRAWN),printf '%s\t%s\t%s\n' $(m) '$(MT)/path-$(m)-$(1).tsv' '$(MT)/each-$(m)-$(1).tsv';)
$(foreach p,$(METHODS_PAIRS),$(call rule,$(MT)/$(p).svg,$(METHODS_DRAWN:%=$(MT)/path-%-$(p).tsv) $(METHODS_DRAWN:%=$(MT)/each-%-$(p).tsv),$(call \
  draw,path,Lines between two minima of each method$(,) new parameters $(p),$(call methods_list,$(p)))))
endif
