"""What screens say about a message: its state and reason in plain words, and what to do."""

from proactive.notices.model import MessageState as S
from proactive.notices.model import Why

STATE_WORDS = {
    S.QUEUED: {"en": "Waiting to be sent", "zh": "等待发送"},
    S.SENDING: {"en": "Being sent", "zh": "正在发送"},
    S.UNKNOWN: {"en": "Result not known", "zh": "结果不明"},
    S.PARKED: {"en": "A person must decide", "zh": "等待人工处理"},
    S.SENT: {"en": "Sent", "zh": "已发出"},
    S.DELIVERED: {"en": "Delivered", "zh": "已送达"},
    S.FAILED: {"en": "Not delivered", "zh": "未送达"},
    S.CANCELLED: {"en": "Not sent on purpose", "zh": "已取消"},
}

WHAT_TO_DO = {
    S.QUEUED: {
        "en": "Nothing. It goes out by day (08:00 to 21:00). If the oldest has waited more than a "
        "day, run 'proactive doctor'.",
        "zh": "无需处理。白天8:00至21:00自动发出。最早一条等待超过一天时，"
        "请运行“proactive doctor”。",
    },
    S.SENDING: {
        "en": "Nothing. After a minute without an answer it is looked up by itself.",
        "zh": "无需处理。一分钟没有答复会自动核查。",
    },
    S.UNKNOWN: {
        "en": "Nothing yet. The gateway is asked whether it took it; nothing goes out twice. "
        "If it stays for more than 30 minutes, see whether the gateway answers.",
        "zh": "暂不处理。系统正在向网关核查，期间不会重复发送。超过30分钟请检查网关是否有应答。",
    },
    S.PARKED: {
        "en": "Ask the gateway's log or the person. Then choose: it was received, send it again, "
        "or tell in another way.",
        "zh": "请查网关记录或询问本人，再选择：已收到、重新发送，或改用其他方式告知。",
    },
    S.SENT: {
        "en": "Nothing. Some networks never report delivery.",
        "zh": "无需处理。部分网络不返回送达报告。",
    },
    S.DELIVERED: {"en": "Nothing.", "zh": "无需处理。"},
    S.FAILED: {
        "en": "See the reason. Who must be told in another way stands on the list 'to be told'.",
        "zh": "请看原因。需要用其他方式告知的人在“待告知”名单中。",
    },
    S.CANCELLED: {
        "en": "Nothing. The reason says why it was right not to send it.",
        "zh": "无需处理。原因栏说明了不发送的理由。",
    },
}

WHY_WORDS = {
    Why.NONE: {"en": "", "zh": ""},
    Why.CASE_CLOSED: {"en": "The case was closed meanwhile", "zh": "个案已办结"},
    Why.SUPERSEDED: {"en": "A later message says more", "zh": "已有更新的消息"},
    Why.EVENT_OVER: {"en": "What it announced no longer holds", "zh": "所告知的事已不成立"},
    Why.DEAD: {"en": "The person has died", "zh": "本人已去世"},
    Why.MINOR: {"en": "Under 14: speak to the guardian", "zh": "未满14周岁：请告知监护人"},
    Why.OPTED_OUT: {"en": "Wants no messages", "zh": "本人不愿接收短信"},
    Why.WRONG_PERSON: {"en": "The number belongs to somebody else", "zh": "号码不是本人"},
    Why.WANTS_IN_PERSON: {"en": "Wants to be told in person", "zh": "本人要求当面告知"},
    Why.NEVER_BY_SMS: {"en": "This is never told by SMS", "zh": "此事不以短信告知"},
    Why.IDENTITY_DOUBTFUL: {"en": "Identity is in doubt", "zh": "身份存疑"},
    Why.NO_PHONE: {"en": "No mobile number", "zh": "没有手机号码"},
    Why.SHARED_PHONE: {"en": "One number stands for too many people", "zh": "同一号码登记人数过多"},
    Why.NOT_LIVE: {"en": "Messages are not switched on here yet", "zh": "本地尚未开通短信"},
    Why.BAD_TEXT: {"en": "The text could not be made", "zh": "短信内容无法生成"},
    Why.LANDLINE: {"en": "A landline", "zh": "固定电话"},
    Why.BAD_NUMBER: {"en": "The number does not exist", "zh": "号码无效"},
    Why.OUT_OF_REACH: {"en": "The phone could not be reached", "zh": "手机无法接通"},
    Why.TEXT_BLOCKED: {"en": "The network blocked the text", "zh": "内容被网络拦截"},
    Why.QUEUE_FULL: {"en": "The gateway's queue is full", "zh": "网关队列已满"},
    Why.EXPIRED: {"en": "It waited too long at the gateway", "zh": "在网关等待超时"},
    Why.NOT_SET_UP: {"en": "The gateway account is not set up", "zh": "网关账户未配置好"},
    Why.REFUSED: {"en": "The gateway refused it", "zh": "网关拒绝"},
    Why.NO_CERTAINTY: {"en": "The gateway could not say whether it took it", "zh": "网关无法确认"},
    Why.ALWAYS_BUSY: {"en": "The gateway was busy every time", "zh": "网关一直繁忙"},
    Why.GIVEN_UP: {"en": "Given up by a person", "zh": "人工决定不再发送"},
    Why.CALL_ME: {"en": "Asks to be called", "zh": "本人请求回电"},
}

HOW_WORDS = {
    "in_person": {"en": "Tell in person", "zh": "当面告知"},
    "call": {"en": "Tell by phone", "zh": "电话告知"},
    "letter": {"en": "Tell by letter", "zh": "信函告知"},
}
