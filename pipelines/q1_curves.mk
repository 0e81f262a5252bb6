# What else is trained or swept between the ends: calibrated lines, layers, growing sets and mixtures of `order`, and curves.

# --- calibrated lines ------------------------------------------------------------------------------------------
# How much of a height is only that the logits have shrunk: the heights of the loss when every point has its own temperature. A
# text-to-text model has no logits of classes.
ifeq ($(Q1_T5),)
q1_calibrated = $(call walk,$(Q),calibrated-$(1),$(Q)/$(Q1_FROM_$(1)).st.gz,$(Q)/$(Q1_TO_$(1)).st.gz,--base '$(Q)/base.st.gz' \
  -n $(Q1_CALIBRATED_POINTS) $($(Q1_CONDITION_$(1)).interp),--base '$(Q)/base.st.gz' $(call options,EVAL) \
  --calibrate,dev=$(Q)/dev.tok.gz,$(call known_options,EVAL),$(Q)/base.st.gz)
$(foreach p,$(Q1_LINES),$(call q1_calibrated,$(p)))
$(foreach c,$(Q1_CONDITIONS),$(call q1_barrier,calibrated-$(c),$(Q1_LINES_$(c):%=calibrated-%),--metric loss_cal))
Q1_CALIBRATED := $(Q1_CONDITIONS:%=calibrated-%)
endif

# --- one layer at a time, growing sets, mixtures (E13) --------------------------------------------------------
ifneq ($(call q1_asks,layers),)
# $(call q1_swept,layers|growing,PAIR,OPTIONS)
q1_swept = $(call walk,$(Q),$(1)-$(2),$(Q)/order-$(call first_of,$(2)).st.gz,$(Q)/order-$(call second_of,$(2)).st.gz,--by layer \
  $(3) -n $(Q1_LAYER_POINTS),$(call options,EVAL),dev=$(Q)/dev.tok.gz,$(call known_options,EVAL))
$(foreach p,$(Q1_PAIRS),$(call q1_swept,layers,$(p)))
$(foreach p,$(Q1_PAIRS),$(call q1_swept,growing,$(p),--grow up))
$(foreach c,layers growing,$(call q1_barrier,$(c),$(Q1_PAIRS:%=$(c)-%)))
Q1_SWEEPS := layers growing
# $(call q1_mix,GROUPS,PAIR), a mixture: how far each group goes from one end to the other, trained; scored beside its ends.
q1_mix = $(call curve,$(Q)/mix-$(1)-$(2),$(Q)/order-$(call first_of,$(2)).st.gz,$(Q)/order-$(call \
  second_of,$(2)).st.gz,$(Q)/train.tok.gz,$(Q),--kind mix --by $(1),$(call options,Q1_MIX) --batch $(Q1_BATCH),$(call \
  known_options,Q1_MIX))
$(foreach g,$(Q1_MIX_BY),$(foreach p,$(Q1_PAIRS),$(call q1_mix,$(g),$(p))))
Q1_MIXED := $(foreach g,$(Q1_MIX_BY),$(Q1_PAIRS:%=mix-$(g)-%))
endif

# --- curves (E6) -----------------------------------------------------------------------------------------------
# Which lines are not connected is known once their barriers are: run-q1 makes these first, and then itself, for the rest.
$(call hold_out,$(Q),$(Q)/train.tok.gz,8)
Q1_CURVABLE := $(if $(call q1_asks,curves),$(filter-out $(Q1_CURVELESS),$(Q1_CONDITIONS)))
# $(call q1_unconnected,CONDITIONS): their lines that are not connected
q1_unconnected = $(call unconnected,$(1:%=$(Q)/barrier-%.tsv))
# $(call q1_bent,CONDITION): those of its lines that have curves
q1_bent = $(filter $(Q1_LINES_$(1)),$(Q1_UNCONNECTED))
ifneq ($(and $(Q1_CURVABLE),$(filter run-q1-curves,$(wanted))),)
Q1_UNCONNECTED := $(call q1_unconnected,$(Q1_CURVABLE))
# $(call q1_curve,LINE): at the rate of the method that tuned the line's ends
q1_method_of = $($(or $($(1).first),$(1)).method)
q1_curve = $(call curve,$(Q)/curve-$(1),$(Q)/$(Q1_FROM_$(1)).st.gz,$(Q)/$(Q1_TO_$(1)).st.gz,$(Q)/train.tok.gz,$(Q),--base \
  '$(Q)/base.st.gz',$(call options,Q1_CURVE) --batch $(Q1_BATCH) --lr $(Q1_RATE_$(call \
  q1_method_of,$(Q1_CONDITION_$(1)))),$(call known_options,Q1_CURVE),$(Q)/base.st.gz)
q1_curve_walked = $(call walk,$(Q),curve-$(1),$(Q)/curve-$(1).st.gz,,--base '$(Q)/base.st.gz' -n $(Q1_POINTS),--base \
  '$(Q)/base.st.gz' $(call options,EVAL),dev=$(Q)/dev.tok.gz,$(call known_options,EVAL),$(Q)/base.st.gz)
$(foreach p,$(Q1_UNCONNECTED),$(call q1_curve,$(p)) $(call q1_curve_walked,$(p)))
# The conditions that have curves.
Q1_CURVED := $(foreach c,$(Q1_CONDITIONS),$(if $(call q1_bent,$(c)),$(c)))
$(foreach c,$(Q1_CURVED),$(call q1_barrier,curve-$(c),$(patsubst %,curve-%,$(call q1_bent,$(c)))))
endif
