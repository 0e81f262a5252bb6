# What comes of make q3: ledgers, what they say over pairs, heights, what adding did, figures.

# Paths by condition, NAME of each, and those of a head where there are two.
Q3_CONDITIONS := line $(if $(q3_mixed),curve) $(if $(Q3_CONTROLS),control) $(Q3_ADDED)
q3_names = $(if $(filter control,$(1)),$(Q3_CONTROLS:%=control-%),$(Q3_SEEDS:%=$(1)-%))
q3_heads_of = $(if $(filter control,$(1)),mix,$(Q3_HEADS))
q3_seed_of = $(call first_of,$(patsubst $(1)-%,%,$(2)))

# --- ledgers ----------------------------------------------------------------------------------------------------------
# $(call q3_ledger,NAME,HEAD,SET,SEED): ledger-NAME-SET.tsv. How hard an example had been is said of the source's alone: the training of the target ends
# where its path ends, and would tell of itself what that end still has wrong.
q3_dynamics = $(if $(filter source,$(1)),$(K)/source-$(2).dynamics.tsv)
q3_hardness = $(if $(1),--dynamics '$(1)' --permutations $(Q3_PERMUTATIONS) )
q3_ledger = $(call rule,$(K)/ledger-$(1)-$(3).tsv,$(K)/each-know-$(1)-$(2).tsv $(call q3_dynamics,$(3),$(4)),$$(TOOL)/mc-knowledge --task $(3) $(call \
  q3_hardness,$(call q3_dynamics,$(3),$(4)))-o '$$@' '$(K)/each-know-$(1)-$(2).tsv')
# NAME=HEAD=SET=SEED of the ledgers of a condition; the dynamics are those of the first seed's end.
q3_sets_of = $(if $(filter control,$(1)),source,$(Q3_TRAIN_$(2)))
q3_ledgers_of = $(foreach p,$(call q3_names,$(1)),$(foreach h,$(call q3_heads_of,$(1)),$(foreach t,$(call \
  q3_sets_of,$(1),$(h)),$(p)=$(h)=$(t)=$(call q3_seed_of,$(1),$(p)))))
q3_part = $(word $(1),$(subst =, ,$(2)))
q3_with = $(call $(1),$(call q3_part,1,$(2)),$(call q3_part,2,$(2)),$(call q3_part,3,$(2)),$(call q3_part,4,$(2)))
Q3_LEDGERS := $(foreach c,$(Q3_CONDITIONS),$(call q3_ledgers_of,$(c)))
$(foreach l,$(Q3_LEDGERS),$(call q3_with,q3_ledger,$(l)))
q3_ledger_file = $(K)/ledger-$(1)-$(3).tsv
q3_ledger_path = $(K)/path-know-$(1)-$(2).tsv
q3_ledger_rows = awk -v condition=$(2) -v seed=$(call q3_part,4,$(1)) -v head=$(if $(filter $(1),$(firstword $(Q3_LEDGERS))),1,0) -f \
  $$(MC_HOME)pipelines/q3_ledger.awk '$(call here,$(call q3_with,q3_ledger_path,$(1)))' '$(call here,$(call q3_with,q3_ledger_file,$(1)))' &&
$(call rule,$(K)/ledger.tsv,$(foreach l,$(Q3_LEDGERS),$(call q3_with,q3_ledger_file,$(l)) $(call q3_with,q3_ledger_path,$(l))) \
  $(MC_HOME)pipelines/q3_ledger.awk,{ $(foreach c,$(Q3_CONDITIONS),$(foreach l,$(call q3_ledgers_of,$(c)),$(call q3_ledger_rows,$(l),$(c)))) true; } $(keep))
$(call rule,$(K)/pairs.tsv,$(K)/ledger.tsv $(MC_HOME)pipelines/q3_pairs.awk,awk -f $$(MC_HOME)pipelines/q3_pairs.awk '$(call here,$(K))/ledger.tsv' $(keep))

# --- heights of the sets of DEVS -------------------------------------------------------------------------------------------
# barrier.tsv: with two heads the lines are two conditions, line-0 by the head of the source and line-1 by that of the target; a set may be in both.
q3_sets_scored = $(if $(filter control,$(1)),$(Q3_DEVS_$(firstword $(Q3_HEADS))),$(Q3_DEVS_$(2)))
q3_scored = $(foreach h,$(call q3_heads_of,$(1)),$(if $(call q3_sets_scored,$(1),$(h)),$(1)=$(h)))
Q3_SCORED := $(foreach c,$(Q3_CONDITIONS),$(call q3_scored,$(c)))
q3_scored_name = $(subst =,-,$(patsubst %=mix,%,$(1)))
q3_scored_paths = $(patsubst %,%-$(lastword $(subst =, ,$(1))),$(call q3_names,$(firstword $(subst =, ,$(1)))))
$(foreach x,$(Q3_SCORED),$(call heights,$(K),$(call q3_scored_name,$(x)),$(call q3_scored_paths,$(x))))
$(call joined,$(K),barrier,barrier-,$(foreach x,$(Q3_SCORED),$(call q3_scored_name,$(x))))

# --- over pairs -----------------------------------------------------------------------------------------------------------
# $(call q3_rows,TABLE,CONDITIONS,SET OR NOTHING): rows that are piped into
# $(call q3_over,EXPERIMENT,COLUMN,COMPARED,OPERANDS,WHETHER FIRST): means over pairs and differences, of every column by itself
q3_rows = awk -F '\t' -v wanted=' $(2) ' -v task='$(3)' 'NR == 1 || (index(wanted, " " $$$$1 " ") && (task == "" || $$$$5 == task))' '$(call \
  here,$(K))/$(1).tsv' |
q3_over = $$(TOOL)/mc-barrier -q --over $(2) $(3:%=--compare %) $(4) | awk -v experiment=$(1) -v head=$(if $(5),1,0) -f \
  $$(MC_HOME)pipelines/experiment.awk &&
Q3_PATHS := $(filter-out $(Q3_ADDED),$(Q3_CONDITIONS))
Q3_OVER := forgotten_share learned_share confidence_less variability_more cliffs_delta confidence_slope
# A curve has the ends of the line: of all columns only the slope, which is of the segments between, can differ from the line's.
Q3_COMPARED := $(if $(filter control,$(Q3_PATHS)),line$(,)control) $(if $(filter curve,$(Q3_PATHS)),curve$(,)line)
# Heights; with two heads the line is beside the control by the source's.
Q3_HEIGHTS := $(foreach x,$(filter-out added-%,$(Q3_SCORED)),$(foreach p,$(call q3_scored_paths,$(x)),$(call q3_scored_name,$(x))=$(p)))
Q3_HEIGHTS_COMPARED := $(if $(q3_mixed),$(Q3_COMPARED),$(if $(Q3_DEVS_0),$(Q3_COMPARED:line$(,)%=line-0$(,)%)))
q3_height = --per-example '$(K)/each-$(call set_file,$(1)).tsv' '$(call set_name,$(1))=$(K)/path-$(call set_file,$(1)).tsv'
q3_heights := $(foreach x,$(Q3_HEIGHTS),$(call q3_height,$(x)))
q3_height_files := $(foreach x,$(Q3_HEIGHTS),$(K)/path-$(call set_file,$(x)).tsv $(K)/each-$(call set_file,$(x)).tsv)
q3_compared = $(if $(filter confidence_slope,$(1)),$(Q3_COMPARED),$(filter line$(,)control,$(Q3_COMPARED)))
q3_paths_over = $(foreach v,$(Q3_OVER),$(call q3_rows,pairs,$(Q3_PATHS)) $(call q3_over,paths,$(v),$(call q3_compared,$(v)),$(Q3_CONFIDENCE) \
  -,$(filter $(v),$(firstword $(Q3_OVER)))))
$(call rule,$(K)/over.tsv,$(K)/pairs.tsv $(q3_height_files) $(MC_HOME)pipelines/experiment.awk,{ $(q3_paths_over) $(if $(Q3_HEIGHTS),$(call \
  q3_over,sets,xfit,$(Q3_HEIGHTS_COMPARED),$(call options,BARRIER) $(q3_heights))) true; } $(keep))

# --- ends on the sets of DEVS ------------------------------------------------------------------------------------------------
# CONDITION=NAME OF THE LINE=SEED=END
q3_ends_by = $(if $(Q3_DEVS_$(1)),$(foreach s,$(Q3_SEEDS),$(2)=$(3)-$(s)-$(1)=$(s)=$(4)))
Q3_ENDS := $(call q3_ends_by,$(firstword $(Q3_HEADS)),source,line,0) $(call q3_ends_by,$(lastword $(Q3_HEADS)),target,line,1) $(foreach \
  k,$(Q3_ADDED),$(call q3_ends_by,mix,$(k),$(k),1))
q3_end_file = $(K)/path-$(2).tsv
q3_end_row = awk -v condition=$(call q3_part,1,$(1)) -v seed=$(call q3_part,3,$(1)) -v end=$(call q3_part,4,$(1)) -v head=$(if $(filter \
  $(1),$(firstword $(Q3_ENDS))),1,0) -f $$(MC_HOME)pipelines/q3_ends.awk '$(call here,$(call q3_with,q3_end_file,$(1)))' &&
$(call rule,$(K)/ends.tsv,$(foreach e,$(Q3_ENDS),$(call q3_with,q3_end_file,$(e))) $(MC_HOME)pipelines/q3_ends.awk,{ $(foreach e,$(Q3_ENDS),$(call \
  q3_end_row,$(e))) true; } $(keep))

# --- what adding did -----------------------------------------------------------------------------------------------------------
# Kinds are compared on what none of them added: common-SEED.txt has the numbers of these examples of the source, common-KIND-SEED.tsv is their ledger on
# the line with what was added.
q3_common = $(call rule,$(K)/common-$(1).txt,$(K)/source.tok.gz $(Q3_KINDS:%=$(K)/added-%-$(1).txt) $(MC_HOME)pipelines/q3_common.awk,$$(TOOL)/mc-info --ids \
  '$(K)/source.tok.gz' | awk -f $$(MC_HOME)pipelines/q3_common.awk $(Q3_KINDS:%='$(call here,$(K))/added-%-$(1).txt') - $(keep))
q3_common_ledger = $(call rule,$(K)/common-$(1)-$(2).tsv,$(K)/common-$(2).txt $(K)/each-know-added-$(1)-$(2)-mix.tsv $(MC_HOME)pipelines/q3_only.awk,if [ -s \
  '$(K)/common-$(2).txt' ]; then awk -f $$(MC_HOME)pipelines/q3_only.awk '$(call here,$(K))/common-$(2).txt' '$(call \
  here,$(K))/each-know-added-$(1)-$(2)-mix.tsv' | $$(TOOL)/mc-knowledge --task source -o '$$@' -; else : > '$$@'; fi)
q3_added_files = $(foreach f,path-know-added-$(1)-$(2)-mix ledger-added-$(1)-$(2)-source common-$(1)-$(2),$(K)/$(f).tsv)
q3_added_row = awk -v condition=added-$(1) -v seed=$(2) -v added="$$$$(wc -l < '$(K)/added-$(1)-$(2).txt')" -v head=$(if $(filter \
  $(1)-$(2),$(firstword $(Q3_KINDS))-$(firstword $(Q3_SEEDS))),1,0) -f $$(MC_HOME)pipelines/q3_added.awk $(foreach f,$(q3_added_files),'$(call \
  here,$(f))') &&
# Every kind less random, or every two where random is none of them; and, with what was added counted, less the line and the target without more.
Q3_KIND_LESS := $(if $(filter random,$(Q3_KINDS)),$(foreach k,$(filter-out added-random,$(Q3_ADDED)),$(k)$(,)added-random))
ifneq ($(Q3_ADDED),)
$(foreach s,$(Q3_SEEDS),$(call q3_common,$(s))$(foreach k,$(Q3_KINDS),$(call q3_common_ledger,$(k),$(s))))
$(call rule,$(K)/added.tsv,$(foreach k,$(Q3_KINDS),$(foreach s,$(Q3_SEEDS),$(call q3_added_files,$(k),$(s)))) $(MC_HOME)pipelines/q3_added.awk,{ $(foreach \
  k,$(Q3_KINDS),$(foreach s,$(Q3_SEEDS),$(call q3_added_row,$(k),$(s)))) true; } $(keep))
$(call rule,$(K)/added-over.tsv,$(K)/pairs.tsv $(K)/added.tsv $(K)/ends.tsv $(MC_HOME)pipelines/experiment.awk,{ $(call \
  q3_over,not-added,common_share,$(Q3_KIND_LESS),$(Q3_CONFIDENCE) '$(K)/added.tsv',first) $(call q3_rows,ends,target $(Q3_ADDED)) $(call \
  q3_over,sets,accuracy,$(Q3_KIND_LESS) $(Q3_ADDED:%=%$(,)target),$(Q3_CONFIDENCE) -) $(call q3_rows,pairs,line $(Q3_ADDED),source) $(call \
  q3_over,added-counted,forgotten_share,$(Q3_KIND_LESS) $(Q3_ADDED:%=%$(,)line),$(Q3_CONFIDENCE) -) true; } $(keep))
endif

# --- figures -------------------------------------------------------------------------------------------------------------------
Q3_FIGURES :=
# path-CONDITION.svg: the sets of DEVS
q3_label_line := Line from source to target
q3_scored_label = $(if $(filter %=0,$(1)),by the head of the source,$(if $(filter %=1,$(1)),by the head of the target,$(call q3_scored_name,$(1))))
q3_label_curve := Curve from source to target
q3_label_control := Line between two seeds of the source
q3_figure = $(call figure,$(K)/path-$(1).svg,path,$(q3_label_$(1)),$(foreach x,$(2),$(call condition,'$(call q3_scored_label,$(x))',$(patsubst \
  %,$(K)/path-%.tsv,$(call q3_scored_paths,$(x))))),$(foreach x,$(2),$(patsubst %,$(K)/path-%.tsv,$(call q3_scored_paths,$(x)))))$(eval \
  Q3_FIGURES += $(K)/path-$(1).svg)
$(foreach c,$(Q3_PATHS),$(if $(filter $(c)=%,$(Q3_SCORED)),$(call q3_figure,$(c),$(filter $(c)=%,$(Q3_SCORED)))))
# ledger-CONDITION-SET.svg
q3_of_set = $(strip $(foreach l,$(call q3_ledgers_of,$(1)),$(if $(filter $(2),$(call q3_part,3,$(l))),$(call q3_with,q3_ledger_file,$(l)))))
q3_ledger_figure = $(call figure,$(K)/ledger-$(1)-$(2).svg,ledger,$(q3_label_$(1)): the training set of the $(2),$(call \
  condition,$(1),$(3)),$(3))$(eval Q3_FIGURES += $(K)/ledger-$(1)-$(2).svg)
$(foreach c,$(Q3_PATHS),$(foreach t,source target,$(if $(call q3_of_set,$(c),$(t)),$(call q3_ledger_figure,$(c),$(t),$(call \
  q3_of_set,$(c),$(t))))))
# The map of the source, with what the first seed's line forgets.
q3_mapped := $(firstword $(Q3_SEEDS))
$(call rule,$(K)/map.tsv,$(K)/source-$(q3_mapped).dynamics.tsv,$$(TOOL)/mc-knowledge --dynamics '$(K)/source-$(q3_mapped).dynamics.tsv' -o '$$@')
$(call draw,$(K)/map,svg pdf,map,--title 'The training set of the source' --marked '$(K)/added-forgotten-$(q3_mapped).txt' --as 'forgotten on the line' \
  '$(K)/map.tsv',$(K)/map.tsv $(K)/added-forgotten-$(q3_mapped).txt)
Q3_FIGURES += $(K)/map.svg
Q3_TABLES := $(foreach t,sets pairs $(if $(Q3_SCORED),barrier) over $(if $(Q3_ADDED),added added-over),$(K)/$(t).tsv)
