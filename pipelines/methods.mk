# Every tuning method on one task: its learning rate, its accuracy, and whether two of its minima are connected.
#
#   make methods MODEL=dir TRAIN=train.tsv DEV=dev.tsv OUT=out/name
#
# The rate of each method is the best of three by the accuracy on every eighth example of the training set, held out for
# that. Then three seeds on all of it, scored on DEV; then two pairs: the SAME new parameters and another order, and all
# seeds OTHER. LoRA's pairs are joined in the factors' space and in that of the products as well. Ends in
# OUT/methods/methods.tsv (a row a seed), barrier.tsv beside it, and a figure of all methods for each kind of pair. MODEL= must
# have no head: the seeds draw it. Pairs are of the first two of METHODS_SEEDS.

.PHONY: methods run-methods
methods: programs run-methods

ifneq ($(call asked,methods run-methods,OUT),)
$(call one_line,$(filter-out METHODS_RATES_%,$(VARIABLES_methods)))
$(call needed,MODEL TRAIN DEV,$(CALLED) methods needs MODEL=dir TRAIN=file DEV=file)
$(if $(METHODS),,$(error METHODS= is empty))
$(foreach m,$(METHODS),$(if $(filter $(methods),$(m)),,$(error METHODS=$(METHODS): $(m) is no method)))
$(foreach m,$(METHODS),$(if $(METHODS_RATES_$(m)),,$(error METHODS_RATES_$(m)= is empty)))
$(foreach s,$(METHODS_SEEDS),$(if $(call is_number,$(s)),,$(error METHODS_SEEDS=$(METHODS_SEEDS): $(s) is no whole number)))
$(call no_zero_first,METHODS_SEEDS,$(METHODS_SEEDS),a seed)
$(if $(filter-out $(words $(METHODS_SEEDS)),$(words $(sort $(METHODS_SEEDS)))),$(error METHODS_SEEDS=$(METHODS_SEEDS): a seed is there twice))
$(if $(word 2,$(METHODS_SEEDS)),,$(error METHODS_SEEDS=$(METHODS_SEEDS): a pair needs two seeds))
$(call points,METHODS_POINTS)
$(call words_of_shell,TOKENIZE METHODS_RECIPE RUN)
$(call without_options,TOKENIZE,$(options_of_sets))
$(call without_options,METHODS_RECIPE,$(options_of_ends) --only --method --lr)
$(call output_folder,OUT)
$(call input_file,TRAIN DEV)
$(call start_model,MODEL)

MT := $(patsubst %/,%,$(call raw,OUT))/methods
METHODS_PAIRS := same other
METHODS_DRAWN := $(METHODS) $(if $(filter lora,$(METHODS)),lora-product)
METHODS_LINES := $(foreach m,$(METHODS_DRAWN),$(METHODS_PAIRS:%=$(m)-%))
SEED_1 := $(word 1,$(METHODS_SEEDS))
SEED_2 := $(word 2,$(METHODS_SEEDS))
METHODS_TOKENIZER := $(call raw,$(call tokenizer_of,MODEL $(if $(call raw,BASE),BASE)))
BASE_full :=
$(foreach m,$(filter-out full,$(METHODS)),$(eval BASE_$(m) := --base '$(MT)/base.st.gz'))

run-methods: $(MT)/methods.tsv $(MT)/barrier.tsv $(call with_pdf,$(METHODS_PAIRS:%=$(MT)/%.svg))
	@cat '$(MT)/methods.tsv'
	@$(call verdict,$(MT))
	@$(call families,$(MT))

$(call start,$(MT)/base.st.gz,MODEL)
$(call tokenize,$(MT)/train.tok.gz,$(call raw,TRAIN),$(METHODS_TOKENIZER),TOKENIZE,--task train)
$(call tokenize,$(MT)/dev.tok.gz,$(call raw,DEV),$(METHODS_TOKENIZER),TOKENIZE,--task dev)
$(call hold_out,$(MT),$(MT)/train.tok.gz,8)

# Rates: $(1) method, $(2) learning rate. The best is the one whose model is right most often on what is held out.
methods_try = $(call try,$(MT)/$(1)-rate-$(2).tsv,$(MT)/base.st.gz,$(MT)/train.tok.gz,$(call methods_tuning,$(1)) --only '$(MT)/part.txt' \
  --dev '$(MT)/held.tok.gz' --lr $(2),$(MT)/part.txt $(MT)/held.tok.gz,$(call known_options,METHODS_RECIPE))
methods_tuning = --method $(1) $(call options,METHODS_RECIPE)
$(foreach m,$(METHODS),$(foreach r,$(METHODS_RATES_$(m)),$(call methods_try,$(m),$(r))))
$(foreach m,$(METHODS),$(call choose,$(MT)/$(m).rate,dev_accuracy,$(MT)/$(m)-rate-,$(METHODS_RATES_$(m))))

# End points: $(1) method, $(2) a seed, or same: new parameters as the first seed's, all else as the second's.
methods_end = $(call tune_summed,$(MT)/$(1)-$(2),$(MT)/base.st.gz,$(MT)/train.tok.gz,$(call methods_tuning,$(1)) --lr "$(call \
  chosen,$(MT)/$(1).rate)" $(if $(filter same,$(2)),--seed $(SEED_2) --seed-init $(SEED_1),--seed $(2)),$(MT)/$(1).rate,$(call \
  known_options,METHODS_RECIPE))
methods_score = $(call score,$(MT)/$(1)-$(2).score.tsv,$(MT)/$(1)-$(2).st.gz,dev=$(MT)/dev.tok.gz,$(BASE_$(1)))
$(foreach m,$(METHODS),$(foreach s,$(sort $(METHODS_SEEDS) same),$(call methods_end,$(m),$(s))))
$(foreach m,$(METHODS),$(foreach s,$(METHODS_SEEDS),$(call methods_score,$(m),$(s))))

# The table: a row is of one seed's own files.
METHODS_COLUMNS := method lr seed accuracy loss parameters bytes seconds peak_mb
methods_row = $(call row,$(METHODS_COLUMNS),method=$(1) seed=$(2) lr=$(call chosen,$(MT)/$(1).rate) bytes=$$$$(wc -c < \
  '$(MT)/$(1)-$(2).st.gz'),$(MT)/$(1)-$(2).score.tsv $(MT)/$(1)-$(2).summary.tsv)
METHODS_ROWS := $(foreach m,$(METHODS),$(METHODS_SEEDS:%=$(MT)/$(m)-%))
$(call table,$(MT)/methods.tsv,$(METHODS_COLUMNS),$(foreach m,$(METHODS),$(foreach s,$(METHODS_SEEDS),$(call \
  methods_row,$(m),$(s)))),$(METHODS_ROWS:%=%.st.gz) $(METHODS_ROWS:%=%.score.tsv) $(METHODS:%=$(MT)/%.rate))

# Lines: $(1) method, $(2) same or other, $(3) -product or nothing
methods_line = $(call walk,$(MT),$(1)$(3)-$(2),$(MT)/$(1)-$(SEED_1).st.gz,$(MT)/$(1)-$(if $(filter \
  same,$(2)),same,$(SEED_2)).st.gz,$(BASE_$(1)) -n $(METHODS_POINTS) $(if $(3),--space product),$(BASE_$(1)),dev=$(MT)/dev.tok.gz)
$(foreach m,$(METHODS),$(foreach p,$(METHODS_PAIRS),$(call methods_line,$(m),$(p))))
$(if $(filter lora,$(METHODS)),$(foreach p,$(METHODS_PAIRS),$(call methods_line,lora,$(p),-product)))
$(call barriers,$(MT),$(foreach l,$(METHODS_LINES),$(l)=$(l)))
methods_figure = $(call figure,$(MT)/$(1).svg,path,Lines between two minima of each method$(,) new parameters $(1),$(foreach \
  m,$(METHODS_DRAWN),$(call condition,$(m),$(call drawn,$(MT),$(m)-$(1)))),$(foreach m,$(METHODS_DRAWN),$(call \
  drawn,$(MT),$(m)-$(1))))
$(foreach p,$(METHODS_PAIRS),$(call methods_figure,$(p)))
endif
