import pytest

from model.errors import InvalidInputError
from training.datasets.rules import TimeLayout, hour_of_day, os_browser, price_range, weekday


@pytest.mark.parametrize(
    ("layout", "text", "hour", "day", "of_day"),
    [
        ("YYMMDDHH", "14102100", "2014-10-21T00", "2", "00"),
        ("YYYYMMDDHH#######", "20131019235901234", "2013-10-19T23", "6", "23"),
        ("YYYY-MM-DD HH:##:##", "2024-02-29 07:15:59", "2024-02-29T07", "4", "07"),
        ("DD.MM.YY HH", "04.01.26 12", "2026-01-04T12", "0", "12"),
    ],
)
def test_a_time_gives_its_hour_its_weekday_and_the_hour_of_the_day(
    layout: str, text: str, hour: str, day: str, of_day: str
):
    assert TimeLayout(layout).hour(text) == hour
    assert weekday(layout)(text) == day
    assert hour_of_day(layout)(text) == of_day
    assert weekday(layout)("") == hour_of_day(layout)("") == ""


@pytest.mark.parametrize(
    "text", ["1410210", "141021000", "14102124", "14130100", "14022900", " 1410210", "x4102100", "",
             "\uff114102100"]
)  # fmt: skip
def test_refuses_what_is_no_time(text: str):
    with pytest.raises(InvalidInputError, match="must be a time written YYMMDDHH; received"):
        TimeLayout("YYMMDDHH").read(text)


@pytest.mark.parametrize(
    "layout", ["", "YYMMDD", "YYMMDDHHHH", "YYYYYYMMDDHH", "MMDDHH", "YYMMMMHH"]
)
def test_a_layout_has_each_part_once(layout: str):
    with pytest.raises(InvalidInputError, match=r"layout: must have a year .* each once; received"):
        TimeLayout(layout)


def test_everything_else_in_a_layout_stands_for_itself():
    layout = TimeLayout("(YY.MM.DD) HH+")
    assert layout.hour("(14.10.21) 05+") == "2014-10-21T05"
    with pytest.raises(InvalidInputError):
        layout.read("(14x10.21) 05+")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mozilla/5.0 (Windows NT 6.1) Chrome/21.0 Safari/537.1", "windows_chrome"),
        ("mozilla (iPhone; CPU OS 7 like Mac OS X) Safari/9537", "mac_safari"),
        ("Mozilla/5.0 (Linux; U; Android 4.1) Safari/534.30", "android_safari"),
        ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1)", "windows_ie"),
        ("Opera/9.80 (S60)", "other_opera"),
        ("null", "other_other"),
        ("", "other_other"),
    ],
)
def test_a_user_agent_gives_the_first_system_and_the_first_browser_of_the_lists(
    text: str, expected: str
):
    assert os_browser(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", ""), ("0", "0"), ("00", "0"), ("1", "1-10"), ("10", "1-10"), ("11", "11-50"),
     ("50", "11-50"),
     ("51", "51-100"), ("100", "51-100"), ("101", "101+"), ("9" * 5000, "101+"),
     ("0" * 5000 + "7", "1-10")],
)  # fmt: skip
def test_a_price_gives_its_range(text: str, expected: str):
    assert price_range(text) == expected


@pytest.mark.parametrize("text", ["-1", "1.5", "null", "1-10", "٣", " 1"])
def test_refuses_what_is_no_price(text: str):
    with pytest.raises(InvalidInputError, match="must be a whole number of 0 or more; received"):
        price_range(text)
