"""A wrong setting is named with its repair, and no secret is shown."""

from __future__ import annotations

import pytest

from app.settings import SettingsError, read_settings


def test_a_database_url_of_another_kind_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROMOLOOP_DATABASE_URL", "mysql://anna:rosamunda@host/shop")
    with pytest.raises(SettingsError) as refused:
        read_settings()
    assert "use duckdb:///path/to/file.duckdb or postgresql://" in str(refused.value)
    assert "rosamunda" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_another_wrong_setting_is_named_with_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOLOOP_MODEL_TIMEOUT", "soon")
    with pytest.raises(SettingsError, match=r"PROMOLOOP_MODEL_TIMEOUT is wrong: .*'soon'"):
        read_settings()
