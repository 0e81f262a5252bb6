# What there is to do, for pipelines/cost.sh. Of conditions whose barriers are not there yet, every line may want a curve.
Q1_KNOWN := $(foreach c,$(Q1_CURVABLE),$(if $(wildcard $(Q)/barrier-$(c).tsv),$(c)))
Q1_CURVES := $(call q1_unconnected,$(Q1_KNOWN)) $(foreach c,$(filter-out $(Q1_KNOWN),$(Q1_CURVABLE)),$(Q1_LINES_$(c)))
# $(call q1_work,END): its training
q1_work = ends:$(Q)/$(1).st.gz:$(call q1_work_of,$(Q1_KIND_$(1)))
q1_work_of = $($(1).method):$(call q1_batch,$(1)):$($(1).length)
Q1_WORK := \
  $(foreach x,$(sort $(subst -folded-,-,$(Q1_ENDS))),$(call q1_work,$(x))) \
  $(foreach x,$(Q1_ENDS),$(if $(findstring -folded-,$(x)),models:$(Q)/$(x).st.gz)) \
  $(patsubst noise-%,models:$(Q)/noise-start-%.st.gz,$(filter noise-%,$(Q1_ENDS))) \
  $(Q1_LINES:%=lines:$(Q)/path-%.tsv:$(Q1_POINTS)) \
  $(if $(Q1_CALIBRATED),$(Q1_LINES:%=lines:$(Q)/path-calibrated-%.tsv:$(Q1_CALIBRATED_POINTS))) \
  $(foreach x,$(Q1_ENDS) $(Q1_MIXED),scores:$(Q)/score-$(x).tsv) \
  $(foreach c,$(Q1_SWEEPS),$(Q1_PAIRS:%=layers:$(Q)/path-$(c)-%.tsv:$(Q1_LAYER_POINTS))) \
  $(Q1_MIXED:%=mixtures:$(Q)/%.st.gz) \
  $(foreach p,$(Q1_CURVES),curves:$(Q)/curve-$(p).st.gz lines:$(Q)/path-curve-$(p).tsv:$(Q1_POINTS)) \
  $(if $(call raw,TEST),$(foreach p,$(Q1_LINES) $(Q1_CURVES:%=curve-%),tests:$(Q)/test-$(p).tsv))
# What cost.sh takes from the environment: files, options of all, options of each method.
Q1_COSTS := $(foreach v,MODEL TRAIN DEV TEST,$(v)=$(call quote_now,$(call raw,$(v)))) \
  TOKENIZER=$(call quote_now,$(Q1_TOKENIZER)) BATCH=$(Q1_BATCH) $(foreach v,TOKENIZE EVAL RUN,$(v)=$(call quote_now,$($(v)))) \
  $(foreach v,RECIPE LONG CURVE MIX,$(v)=$(call quote_now,$(Q1_$(v)))) \
  $(foreach m,full $(Q1_TUNED),OPTIONS_$(m)=$(call quote_now,$(Q1_OPTIONS_$(m))))
run-q1 run-q1-curves:
	@$(Q1_COSTS) bash $(MC_HOME)pipelines/cost.sh $(TOOL) $(Q1_WORK)
