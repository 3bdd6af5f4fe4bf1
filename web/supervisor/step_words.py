"""The automatic steps in words for everybody: after what, and what is then done.

One entry for every step of `proactive.path`; a test holds both together.
"""

from web.say import lazy as _l

# step → (after what, what is done)
STEP_WORDS = {
    "take_parcel": (_l("an office hands in a file"), _l("checks it and takes it in")),
    "scan_on_arrival": (
        _l("a delivery is in use"),
        _l("plans, for each rule that reads it, a look at those it speaks of"),
    ),
    "scan": (_l("a look is due"), _l("applies the rule to the records and keeps what it finds")),
    "raise_hits": (
        _l("a look has ended"),
        _l("raises a case for each person found, or joins the open one"),
    ),
    "route_raised": (
        _l("cases were raised, or a person was placed"),
        _l("gives each case to the post that covers the place"),
    ),
    "keep_stand_ins": (
        _l("a desk plans a stand-in"),
        _l("gives the stand-in the rights of the post for these days"),
    ),
    "case_moved": (
        _l("a case has moved"),
        _l("announces the visit, lays it before the town, or prepares what was approved"),
    ),
    "settle_bundle": (
        _l("an item moved, or an answer or a paper came"),
        _l("makes ready what can begin, and says what waits for what"),
    ),
    "bundle_completed": (
        _l("nothing of the services can move any more"),
        _l("tells the person the end and notes it on the case"),
    ),
    "notice_bundle_event": (
        _l("an item was granted, refused, returned, or needs more"),
        _l("tells the person, if it still holds"),
    ),
    "call_offices": (
        _l("an item is new at an office with a system of its own"),
        _l("hands it over to that system, once"),
    ),
    "ask_offices": (
        _l("the office's system has not answered"),
        _l("asks it what became of the item"),
    ),
    "give_code": (
        _l("somebody asks for a code to the own matter"),
        _l("sends one to the phone on record, a few a day at most"),
    ),
    "send_messages": (_l("a message is due"), _l("sends it")),
    "sweep_messages": (
        _l("nobody knows whether a message arrived"),
        _l("asks the provider, sends once more, or leaves it to a person"),
    ),
    "try": (
        _l("policy staff ask for a trial"),
        _l("counts whom a changed rule would find; raises nothing"),
    ),
    "shadow": (
        _l("a rule has run that is being compared"),
        _l("compares the new version with the one in use; raises nothing"),
    ),
    "sample": (
        _l("a rule with a sample has run"),
        _l("draws by lot a few who stand just under the line, to be visited too"),
    ),
    "learn": (_l("every night"), _l("puts together what the visits found")),
    "tell_posts": (
        _l("every morning"),
        _l("tells each post how many visits wait today, or how many answers are late"),
    ),
    "escalate": (
        _l("every morning"),
        _l("reminds of cases past their date, then takes them to the desk above"),
    ),
    "remind": (
        _l("every morning"),
        _l("reminds of items that are due, and puts back what was put off until today"),
    ),
    "watch_feeds": (_l("every morning"), _l("raises an alarm about deliveries that did not come")),
    "count_fairness": (
        _l("once a month"),
        _l("counts by group who was found and helped, for the fairness reviewers only"),
    ),
    "count_take_up": (_l("every night"), _l("counts services, times and savings by place")),
    "purge": (_l("every night"), _l("deletes what has come to its date")),
}
