# Question 3: what happens to the knowledge of a task along the path from its minimum to another task's? The experiments of Qin et al. 2022,
# section 6.
#
#   make q3 MODEL=dir SOURCE=train.tsv TARGET=train.tsv DEVS='a=dev.tsv b=dev.tsv' OUT=out/name
#
# MODEL is tuned on SOURCE and on TARGET for every seed of Q3_SEEDS, from one head where both have the same labels, and ends of one seed are
# joined by a line, and by a trained curve where the head is one. Sentences of the sets of DEVS leave both training sets, those of SOURCE leave TARGET's.
# Along a path the training sets are scored at Q3_STEPS points: which of their examples are kept, forgotten, learned, and of the source's how hard
# these were (E11); the sets of DEVS at Q3_POINTS points, whatever their domain (E8). The control is the line between ends of two seeds of SOURCE: there any
# jitter forgets what is hard. Then the examples that the line forgets, and as many that are hard, easy, or taken at random (Q3_KINDS), are
# added to TARGET's, which is tuned and joined again (E14): kinds are compared with random on the examples of SOURCE that no kind has added; on these lines the sets of DEVS are scored at Q3_ADDED_POINTS points.
#
# Where labels differ, the source's sets are scored with the head of its end, the target's with that of its own; without curve and E14.
# A set of DEVS is scored by the head of every end that has its labels.
#
# Ends in OUT/q3/: ledger.tsv, a row a path, set and segment; pairs.tsv, a row a path and set; over.tsv, means over pairs and differences; barrier.tsv
# and ends.tsv, of the sets of DEVS; added.tsv and added-over.tsv; sets.tsv; figures. What was interrupted goes on where it was.
#
#   q3_checks.mk  what is given is judged
#   q3_paths.mk   ends and paths, once the sets' labels are known
#   q3_tables.mk  ledgers, tables and figures

.PHONY: q3 run-q3 run-q3-paths
q3: programs run-q3

ifneq ($(call asked,q3 run-q3 run-q3-paths,OUT,q3/),)
include $(MC_HOME)pipelines/q3_checks.mk

# --- sets ---------------------------------------------------------------------------------------------------------
# $(call q3_set,NAME,FILE,OPTIONS,KNOWN): OPTIONS name the files whose texts stay out, of which KNOWN is text.
q3_set = $(call rule,$(K)/$(1).tok.gz,,$$(RUN_BRIEF) $$(TOOL)/mc-tokenize -t $(call quote,$(Q3_TOKENIZER)) $(call options,TOKENIZE) --task $(1) $(3) -o '$$@' -- $(call \
  quote,$(2)),$(call known_file,$(2))$(if $(4), $(4)) $(call known_tokenizer,$(Q3_TOKENIZER)) $(call known_options,TOKENIZE))
q3_without = --without $(call quote,$(1))
q3_dev_without := $(foreach d,$(DEVS_RAW),$(call q3_without,$(call set_file,$(d))))
q3_dev_known := $(foreach d,$(DEVS_RAW),$(call known_file,$(call set_file,$(d))))
$(call q3_set,source,$(call raw,SOURCE),$(q3_dev_without),$(q3_dev_known))
$(call q3_set,target,$(call raw,TARGET),$(q3_dev_without) $(call q3_without,$(call raw,SOURCE)),$(q3_dev_known) $(call known_file,$(call raw,SOURCE)))
$(foreach d,$(DEVS_RAW),$(call q3_set,dev-$(call set_name,$(d)),$(call set_file,$(d))))
Q3_SETS := source target $(Q3_DEVS:%=dev-%)
# A row a set: its examples, and how many rows stayed out.
$(call rule,$(K)/sets.tsv,$(Q3_SETS:%=$(K)/%.tok.gz),{ printf 'set\texamples\tleft_out\n' && for set in $(Q3_SETS); do left=$$$$($$(TOOL)/mc-info \
  '$(K)/'"$$$$set".tok.gz | sed -n 's/.* left_out=\([0-9]*\).*/\1/p') && printf '%s\t%s\t%s\n' "$$$$set" "$$$$($$(TOOL)/mc-info --ids \
  '$(K)/'"$$$$set".tok.gz | wc -l)" "$$$${left:-0}" || exit; done; } $(keep))
# Which end a set belongs to, by its labels.
$(call rule,$(K)/heads.mk,$(Q3_SETS:%=$(K)/%.tok.gz) $(MC_HOME)pipelines/q3_heads.sh,bash $$(MC_HOME)pipelines/q3_heads.sh $$(TOOL) '$(K)' $(Q3_DEVS) $(keep))

run-q3: $(K)/heads.mk $(K)/sets.tsv
	+@$(again) run-q3-paths
$(if $(filter run-q3-paths $(K)/%,$(wanted)),$(eval $(file <$(K)/heads.mk)))
ifneq ($(Q3_HEADS),)
include $(addprefix $(MC_HOME)pipelines/,q3_paths.mk q3_tables.mk)
run-q3-paths: $(K)/ends.tsv $(Q3_TABLES) $(call with_pdf,$(Q3_FIGURES))
	@$(call left_over,$(K),path-*.svg path-*.pdf ledger-*.svg ledger-*.pdf barrier.tsv added.tsv added-over.tsv,$(Q3_TABLES) $(call with_pdf,$(Q3_FIGURES)))
	@awk -f $(MC_HOME)pipelines/q3_say.awk $(foreach t,$(Q3_TABLES),'$(call here,$(t))')
	@$(call families,$(K))
endif
endif
