"""A mini program's encrypted data (wire.md C.4): the platform's own sample, and what must not decrypt."""

from __future__ import annotations

import base64
import json

import pytest
from ninestep.dialects.wechat import mini_program

SESSION_KEY, IV = "tiihtNczf5v6AKRyjwEUhQ==", "r7BXXKkLb8qrSNn05n0qiA=="  # the platform's published sample
SAMPLE = (
    "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNPdbB+3hVbJSRgv+4l"
    "GOETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInN"
    "lxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/"
    "r7Z6xNrXd2UIeorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7Xjf"
    "hQlVsAJdNiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew=="
)
FIELDS = [
    *("openId", "nickName", "gender", "language", "city"),
    *("province", "country", "avatarUrl", "unionId", "watermark"),
]


def test_the_platforms_sample_decrypts_in_its_field_order() -> None:
    data = json.loads(mini_program.decrypt(SESSION_KEY, IV, SAMPLE))

    assert list(data) == FIELDS
    assert list(data["watermark"]) == ["timestamp", "appid"]
    assert data["watermark"]["appid"] == "wx4f4bc4dec97d474b"
    assert data["nickName"] == "Band"


def test_we_encrypt_the_platforms_sample_to_the_same_bytes() -> None:
    text = mini_program.decrypt(SESSION_KEY, IV, SAMPLE)

    assert mini_program.written(json.loads(text)) == text
    assert mini_program.encrypt(SESSION_KEY, IV, text) == SAMPLE


@pytest.mark.parametrize("text", ["", "a", "15 characters..", "16 characters...", "张三🌸" * 40])
def test_what_was_encrypted_decrypts(text: str) -> None:
    iv = mini_program.new_iv()

    assert mini_program.decrypt(SESSION_KEY, iv, mini_program.encrypt(SESSION_KEY, iv, text)) == text


def test_wrong_padding_is_refused() -> None:
    raw = base64.b64decode(SAMPLE)

    with pytest.raises(ValueError, match="cannot be decrypted"):
        mini_program.decrypt(SESSION_KEY, IV, base64.b64encode(raw[:-16]).decode())


@pytest.mark.parametrize(
    ("key", "iv", "sample"),
    [
        ("AAECAwQFBgcICQoLDA0ODw==", IV, SAMPLE),
        ("", IV, SAMPLE),
        ("AAEC", IV, SAMPLE),
        ("汉字", IV, SAMPLE),
        (SESSION_KEY, "", SAMPLE),
        (SESSION_KEY, "not base64", SAMPLE),
        (SESSION_KEY, IV, ""),
        (SESSION_KEY, IV, SAMPLE[:-4]),
        (SESSION_KEY, IV, "%%%"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_way(key: str, iv: str, sample: str) -> None:
    with pytest.raises(ValueError, match="cannot be decrypted"):
        mini_program.decrypt(key, iv, sample)


def test_a_key_follows_from_all_that_it_is_of() -> None:
    of = ("root", "wx0", "o1", "n")
    key = mini_program.session_key(*of)
    others = {
        mini_program.session_key(*(part + "x" if place == n else part for n, part in enumerate(of)))
        for place in range(4)
    }

    assert len(key) == 24
    assert key.endswith("==")
    assert key == mini_program.session_key(*of)
    assert len(others | {key}) == 5


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("13800000000", ("13800000000", "13800000000", "86")),
        ("+86 13800000000", ("13800000000", "13800000000", "86")),
        ("+852 61234567", ("85261234567", "61234567", "852")),
    ],
)
def test_phone_numbers(given: str, expected: tuple[str, str, str]) -> None:
    assert tuple(mini_program.phone_number(given, "u").values()) == expected


def test_a_user_without_a_phone_number_has_one_that_stays() -> None:
    number = mini_program.phone_number("", "zhangsan")["phoneNumber"]

    assert number == mini_program.phone_number("", "zhangsan")["phoneNumber"]
    assert number != mini_program.phone_number("", "lisi")["phoneNumber"]
    assert len(number) == 11
