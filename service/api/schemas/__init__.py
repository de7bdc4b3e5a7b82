"""The schemas of requests and answers, validated by pydantic."""
